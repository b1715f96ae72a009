import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface SandboxProcess {
  readonly url: string
  /** A token for everything, as `kizuna token` gives it. */
  readonly token: () => Promise<string>
  /** Reads below the EHR's FHIR base. */
  readonly fhir: <R>(path: string) => Promise<R>
  readonly stop: () => Promise<void>
}

const started = (words: readonly string[]): ChildProcess =>
  spawn('node_modules/.bin/node', ['src/cli/kizuna.js', ...words], { stdio: ['ignore', 'pipe', 'inherit'] })

const firstLine = async (child: ChildProcess): Promise<string> => {
  for await (const line of createInterface({ input: child.stdout! })) return line
  throw new Error('The command ended without a word')
}

/** `kizuna sandbox` as a user starts it, on a port of the system's choice. */
export async function startSandboxProcess(): Promise<SandboxProcess> {
  const child = started(['sandbox', '--port', '0'])
  const url = await firstLine(child)
  child.stdout!.resume()
  const token = () => firstLine(started(['token', '--url', url, '--scope', 'system/*.cruds']))
  const fhir = async <R>(path: string): Promise<R> => {
    const answer = await fetch(`${url}/ehr/fhir/${path}`, { headers: { authorization: `Bearer ${await token()}` } })
    return (await answer.json()) as R
  }
  const stop = () =>
    new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
    })
  return { url, token, fhir, stop }
}
