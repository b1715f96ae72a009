import { existsSync, symlinkSync } from 'node:fs'
import type * as Vite from 'vite'

/** Builds the SMART app into `dist/app`. */
async function buildApp(): Promise<void> {
  const vite = await loadVite()
  if (vite === undefined) {
    // `npm ci --omit=dev`: what was built before stays in use.
    process.stderr.write(
      'The SMART app is not built here: Vite is a development dependency. Run `npm ci` without --omit=dev to build it.\n',
    )
    return
  }
  const { appBuild } = await import('./vite.config.ts')
  await vite.build(appBuild)
}

/**
 * `npx kizuna` in this folder runs this checkout. With `bin` in package.json npx would install the folder into its own cache first, and two that
 * do so at once break each other; a command that already stands in `node_modules/.bin` is run as it is.
 */
function linkCommand(): void {
  const link = 'node_modules/.bin/kizuna'
  if (process.platform !== 'win32' && existsSync('node_modules/.bin') && !existsSync(link)) symlinkSync('../../src/cli/kizuna.js', link)
}

async function loadVite(): Promise<typeof Vite | undefined> {
  try {
    return await import('vite')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

try {
  linkCommand()
  await buildApp()
} catch (error) {
  process.stderr.write(`The SMART app could not be built: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
