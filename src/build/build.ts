import type * as Vite from 'vite'

/** The `prepare` script: builds the SMART app into `dist/app`. Says nothing when all is well. */
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

async function loadVite(): Promise<typeof Vite | undefined> {
  try {
    return await import('vite')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

try {
  await buildApp()
} catch (error) {
  process.stderr.write(`The SMART app could not be built: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
