import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { UsageError } from './shell.ts'

/** Where results go: nothing is seen under the name of a file before all of it is there. */
export interface Output {
  readonly stream: Writable
  readonly keep: () => Promise<void>
  readonly discard: () => Promise<void>
}

/** Standard output as it is, or a file that is written beside its name and gets it when it is complete. */
export async function openOutput(file: string | undefined, standard: Writable): Promise<Output> {
  if (file === undefined) return { stream: standard, keep: async () => undefined, discard: async () => undefined }
  const temporary = `${file}.${randomUUID()}.partial`
  const handle = await open(temporary, 'wx', 0o644).catch(() => {
    throw new UsageError(`${file} cannot be written: is ${dirname(file)} a folder that you may write to?`)
  })
  const stream = createWriteStream(temporary, { fd: handle, flush: true })
  // Told to whoever writes or ends; here it only must not end the process.
  stream.on('error', () => undefined)
  const discard = async () => {
    stream.destroy()
    await rm(temporary, { force: true })
  }
  const keep = async () => {
    stream.end()
    await finished(stream)
    await rename(temporary, file)
  }
  return { stream, keep, discard }
}
