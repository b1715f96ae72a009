import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The real program in a process of its own; stdin stays open until it is ended. */
export function startKizuna(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, ['src/cli/kizuna.js', ...args], { env: { ...process.env, NODE_OPTIONS: '', ...env } })
  // It may end before it has read everything.
  child.stdin.on('error', () => undefined)
  return child
}

/** Runs it to its end. */
export function kizuna(args: readonly string[], input: string | Buffer = '', env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = startKizuna(args, env)
  child.stdin.end(input)
  return endOf(child)
}

export async function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }
}

export const linesOf = <T>({ out }: Ended): T[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

const folder = mkdtempSync(join(tmpdir(), 'kizuna-test-'))
let count = 0

/** A file of this content, in a folder of this test run. */
export function fileOf(content: string | Buffer | readonly unknown[], name = `input-${++count}.ndjson`): string {
  const file = join(folder, name)
  const text = typeof content === 'string' || Buffer.isBuffer(content) ? content : content.map((one) => `${JSON.stringify(one)}\n`).join('')
  writeFileSync(file, text)
  return file
}

export const pathOf = (name: string): string => join(folder, name)
