#!/usr/bin/env node
// Plain JavaScript that any Node can read: an older one must be able to say that it is too old.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `kizuna needs Node 24 or newer and this is ${process.version}: run \`npm ci\`, which brings Node 24, then \`npx kizuna\` or \`npm start\`.\n`,
  )
  process.exitCode = 2
} else {
  const { main } = await import('./main.ts')
  await main()
}
