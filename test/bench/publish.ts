import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { FhirResource, Questionnaire } from 'fhir/r4.js'
import { publish } from '../../src/cli/publish.ts'
import type { Shell } from '../../src/cli/shell.ts'
import { loadArtifactSources } from '../../src/load-installed.ts'
import { loadResourceCheck } from '../../src/load-knowledge.ts'
import { buildArtifacts } from '../../src/publish/build-artifacts.ts'
import { DIALECTS, inDialect } from '../../src/publish/dialect.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { type FhirServer, startFhirServer } from '../sandbox/fhir/fhir-server.ts'

// `node test/bench/publish.ts`: seconds to make all artifacts with all dialects, and to publish to the embedded EHR; each also as a ratio to the
// least that could be done with the same resources: parsing and writing them, putting them one after the other.

const sources = loadArtifactSources()
const check = loadResourceCheck()

async function secondsOf(work: () => unknown, rounds = 1): Promise<number> {
  const start = performance.now()
  for (let round = 0; round < rounds; round++) await work()
  return (performance.now() - start) / 1000 / rounds
}

function generated(): FhirResource[] {
  const artifacts = buildArtifacts(sources)
  const forms = artifacts.filter((one): one is Questionnaire => one.resourceType === 'Questionnaire')
  return [...artifacts, ...DIALECTS.slice(1).flatMap((dialect) => forms.map((form) => inDialect(form, dialect)))]
}

const line = (what: string, seconds: number, least: number): void => {
  process.stdout.write(`${what.padEnd(36)}${seconds.toFixed(3)} s, ratio ${(seconds / least).toFixed(2)}\n`)
}

const ROUNDS = 20
const texts = generated().map((one) => JSON.stringify(one))
const bytes = texts.reduce((sum, text) => sum + text.length, 0)
const copied = await secondsOf(() => texts.map((text) => JSON.stringify(JSON.parse(text))), ROUNDS)
process.stdout.write(`${texts.length} resources, ${Math.round(bytes / 1024)} KB; parse and stringify ${copied.toFixed(3)} s\n`)
line('made, with all dialects, as text', await secondsOf(() => generated().map((one) => JSON.stringify(one)), ROUNDS), copied)

const folder = mkdtempSync(join(tmpdir(), 'kizuna-bench-'))
writeFileSync(join(folder, 'token'), 'all')
const shell = {
  out: new Writable({ write: (_text, _encoding, done) => done() }),
  stop: new AbortController().signal,
  env: {},
} as unknown as Shell
const run = (server: FhirServer): Promise<unknown> => publish([], { to: server.base, token: join(folder, 'token') }, shell)

async function withServer(work: (server: FhirServer) => Promise<void>): Promise<void> {
  const server = await startFhirServer({ check })
  await work(server)
  await server.close()
}

const published = loadArtifacts()
let put = 0
// The first round warms up both sides.
for (let round = 0; round < 2; round++)
  await withServer(async (server) => {
    put = await secondsOf(async () => {
      for (const one of published) await server.call('PUT', `/${one.resourceType}/${one.id}`, { body: one })
    })
  })
process.stdout.write(`${published.length} artifacts put one after the other ${put.toFixed(3)} s\n`)
await withServer(async (server) => {
  line('published to an empty server', await secondsOf(() => run(server)), put)
  line('published again, nothing changed', await secondsOf(() => run(server)), put)
})
rmSync(folder, { recursive: true })
