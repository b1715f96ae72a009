import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { type Shell, UsageError } from './shell.ts'

/** One input by the name it was given; `-` is standard input. */
export interface Input {
  readonly name: string
  readonly open: () => AsyncIterable<Uint8Array>
}

const CHUNK = 1024 * 1024

/**
 * The inputs that a command was given, all looked at before the first is read, so that a wrong name is told before anything is written.
 * No name: standard input, unless that is a terminal, where nothing would come.
 */
export async function inputsOf(names: readonly string[], shell: Shell): Promise<Input[]> {
  if (names.length === 0 && shell.isTerminal.stdin) {
    throw new UsageError('Nothing to read: name a file, or - for standard input.')
  }
  const given = names.length === 0 ? ['-'] : names
  if (given.filter((name) => name === '-').length > 1) throw new UsageError('Standard input (-) can be read once only.')
  return Promise.all(given.map((name) => inputOf(name, shell)))
}

export async function inputOf(name: string, { stdin, stop }: Shell): Promise<Input> {
  if (name === '-') return { name, open: () => untilStopped(stdin, stop) }
  const found = await stat(name).catch(() => undefined)
  if (found === undefined) throw new UsageError(`${name}: there is no such file.`)
  if (found.isDirectory()) throw new UsageError(`${name} is a folder: name the files in it.`)
  await access(name, constants.R_OK).catch(() => {
    throw new UsageError(`${name} cannot be read: permission denied.`)
  })
  return { name, open: () => createReadStream(name, { highWaterMark: CHUNK }) }
}

/** Standard input may never end by itself: when the user asks to stop, it ends here. */
async function* untilStopped(source: AsyncIterable<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const stopped = new Promise<{ done: true; value: undefined }>((resolve) => {
    stop.addEventListener('abort', () => resolve({ done: true, value: undefined }), { once: true })
  })
  const iterator = source[Symbol.asyncIterator]()
  while (!stop.aborted) {
    const next = await Promise.race([iterator.next(), stopped])
    if (next.done) return
    yield next.value
  }
}
