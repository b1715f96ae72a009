import { lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from './shell.ts'

const uid = (): number => process.getuid?.() ?? 0

/** Where a sandbox on this port keeps the key of `kizuna-service` while it runs, so that `kizuna token` finds it. */
export const runFolderOf = (port: number): string => join(tmpdir(), `kizuna-${uid()}-${port}`)

/** Makes the folder, for this user alone. One that somebody else has put there is refused: a key would be theirs to read. */
export async function makeRunFolder(port: number): Promise<string> {
  const folder = runFolderOf(port)
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  if (found.isDirectory() && found.uid === uid() && (found.mode & 0o077) === 0) return folder
  throw new UsageError(`${folder} belongs to somebody else: remove it, or choose another port with --port.`)
}
