#!/usr/bin/env node
// Plain JavaScript that any Node can read: an older one must be able to say that it is too old.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `kizuna needs Node 24 or newer and this is ${process.version}: run \`npm ci\`, which brings Node 24, then \`npx kizuna\` or \`npm start\`.\n`,
  )
  process.exitCode = 2
} else {
  await keepCompiled()
  const { main } = await import('./main.ts')
  await main()
}

/**
 * Compiled code is kept for the next start, which then takes a third of the time: in the user's own folder, since in a shared one others could plant code. Where that cannot
 * be written (a container, a service account) the start is as slow as before.
 */
async function keepCompiled() {
  const [{ enableCompileCache }, { homedir }, { join }] = await Promise.all([import('node:module'), import('node:os'), import('node:path')])
  try {
    enableCompileCache(join(homedir(), '.cache', 'kizuna', 'compiled'))
  } catch {
    // Who has no home has no cache.
  }
}
