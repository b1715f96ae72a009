import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Here stand the engines' own package.json and lock; what they install is ignored by git. */
export const ENGINES = import.meta.dirname
const LOCK = join(ENGINES, 'package-lock.json')
const MARK = join(ENGINES, 'node_modules', '.installed')

/** Loads from what is installed here, not from the project's own packages. */
export const fromEngines = createRequire(join(ENGINES, 'package.json'))
export const versionOf = (name: string): string =>
  (JSON.parse(readFileSync(join(ENGINES, 'node_modules', name, 'package.json'), 'utf8')) as { version: string }).version

/**
 * Installs the engines (270 MB, most of it R4's own definitions) where the lock says another than what is there. Gives why the suite that needs
 * them cannot run, when the registry cannot be reached; with CI set it throws then.
 */
export function missingEngines(): string | undefined {
  const wanted = createHash('sha256').update(readFileSync(LOCK)).digest('hex')
  const isThere = (): boolean => existsSync(MARK) && readFileSync(MARK, 'utf8') === wanted
  if (isThere()) return undefined
  try {
    alone(() => {
      if (isThere()) return
      execFileSync('npm', ['ci', '--prefix', ENGINES], { stdio: 'pipe', timeout: MOST_MS, shell: process.platform === 'win32' })
      writeFileSync(MARK, wanted)
    })
    return undefined
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error)
    const reason = `the engines of other people could not be installed: ${/npm error .*/.exec(said)?.[0] ?? said.slice(0, 200)}`
    if (process.env.CI) throw new Error(reason, { cause: error })
    return reason
  }
}

const MOST_MS = 540_000

/** Test files run side by side: the first installs, the others wait. What a killed run has left is passed over when it is old. */
function alone(install: () => void): void {
  const gate = join(ENGINES, '.installing')
  while (!isOpened(gate)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  try {
    install()
  } finally {
    rmSync(gate, { recursive: true, force: true })
  }
}

function isOpened(gate: string): boolean {
  const there = statSync(gate, { throwIfNoEntry: false })
  if (there !== undefined) return Date.now() - there.mtimeMs > MOST_MS
  try {
    mkdirSync(gate)
    return true
  } catch {
    return false
  }
}
