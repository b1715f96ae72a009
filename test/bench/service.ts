/**
 * The service under load, in one run on one machine: `node test/bench/service.ts`. Rates are ratios to a bare Express
 * route that parses and echoes the same body, in turns with it, so that a busy machine slows both. `apart`: scored on
 * threads of their own, as `kizuna serve` does, hence first, in a process that has scored nothing itself;
 * `summaries`: with `Prefer: return=minimal`.
 */
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import express from 'express'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { createTokenVerifier } from '../../src/ehr/verify-token.ts'
import { openStore } from '../../src/queue/open-store.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { createArtifacts } from '../../src/service/artifacts.ts'
import { createInbox, inboxToken } from '../../src/service/inbox.ts'
import { createScoringPool } from '../../src/service/scoring-pool.ts'
import { createService } from '../../src/service/service.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { response } from '../fixtures/responses.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'
import type { Load, Measured } from './load.ts'

const THREAD = new URL('../../src/cli/scoring-thread.ts', import.meta.url)
/** Many and short: a busy machine changes its mind from second to second, and each round is compared with its own bare route. */
const ROUNDS = 40
/** Rounds in which code is learnt, that do not count. */
const WARM_UP = 24
const MILLISECONDS = 300
const JSON_TYPE = { 'content-type': 'application/fhir+json' }
/** Answers of many women, the lower the more frequent, so that no two calls in a row are the same. */
const forms = Array.from({ length: 257 }, (_, woman) => {
  const weights = Array.from({ length: 10 }, (_unused, item) => Math.min((woman * 7 + item * 5) % 4, (woman * 3 + item * item) % 4))
  return response('epds', weights, { id: 'form-{n}', subject: { reference: `Patient/mother-${woman}` } })
})
const bodies = forms.map((form) => JSON.stringify(form))
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const loader = new Worker(new URL('./load.ts', import.meta.url)).on('error', (error) => {
  throw error
})

async function measure(load: Load): Promise<Measured> {
  loader.postMessage(load)
  const [measured] = (await once(loader, 'message')) as [Measured]
  return measured
}

async function serve(app: express.Express): Promise<string> {
  const server = createServer(app)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function scoreAgainstEcho(): Promise<void> {
  const { privateKey, publicKey } = await generateKeyPair('ES384')
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES384', kid: 'k' }] }
  const base = 'https://kizuna.example/fhir'
  const issuer = 'https://issuer.example'
  const token = await new SignJWT({ client_id: 'bench', scope: 'system/QuestionnaireResponse.rs' })
    .setProtectedHeader({ alg: 'ES384', kid: 'k' })
    .setIssuer(issuer)
    .setSubject('bench')
    .setAudience(base)
    .setExpirationTime('1h')
    .sign(privateKey)
  const pool = createScoringPool({ module: THREAD, site: knowledge.site, threads: Math.max(1, availableParallelism() - 1) })
  const options = {
    knowledge,
    baseUrl: base,
    verify: createTokenVerifier({ issuers: [{ issuer, jwksUri: () => keys }], audience: base }),
    artifacts: createArtifacts(loadArtifacts()),
    smartConfiguration: {},
  }
  const bare = express().post('/', express.json({ type: '*/*', limit: '16mb' }), (req, res) => void res.json(req.body))
  const echo = await serve(bare)
  const [score, apart] = [
    await serve(express().use(createService(options))),
    await serve(express().use(createService({ ...options, score: pool.score }))),
  ]
  const load = { method: 'POST', bodies, connections: 64, milliseconds: MILLISECONDS }
  const scoring = { ...load, headers: { ...JSON_TYPE, authorization: `Bearer ${token}` } }
  const calls = {
    '$score apart': { ...scoring, url: `${apart}/fhir/QuestionnaireResponse/$score` },
    $score: { ...scoring, url: `${score}/fhir/QuestionnaireResponse/$score` },
    summaries: { ...scoring, headers: { ...scoring.headers, prefer: 'return=minimal' }, url: `${score}/fhir/QuestionnaireResponse/$score` },
  }
  const bareCall = { ...load, url: `${echo}/`, headers: JSON_TYPE }
  for (const [name, call] of Object.entries(calls)) await compare(name, call, bareCall)
  await pool.close()
}

/** One call in turns with the bare route and with nothing else: a thread that serves scores nothing itself, so it must not meanwhile learn to, or fill its memory with it. */
async function compare(name: string, call: Load, bareCall: Load): Promise<void> {
  const [bare, own]: [Round[], Round[]] = [[], []]
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const [bareRound, ownRound] = [await measureRound(bareCall), await measureRound(call)]
    if (round < 0) continue
    bare.push(bareRound)
    own.push(ownRound)
  }
  const ratios = own.map(({ perSecond }, round) => perSecond / bare[round]!.perSecond)
  const [low, middle, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part).toFixed(2))
  const failed = [...bare, ...own].reduce((sum, one) => sum + one.failed, 0)
  say(
    `${name.padEnd(13)}${rateOf(own)} requests/s, ratio ${middle} (half of the rounds ${low} to ${high}) to the bare route's ${rateOf(bare)}; ${spentOn(own)} µs of the serving thread each, for ${spentOn(bare)}; ${failed} failed`,
  )
}

async function measureRound(load: Load): Promise<Round> {
  const before = process.threadCpuUsage().user
  const { perSecond, failed } = await measure(load)
  const spent = (process.threadCpuUsage().user - before) / ((perSecond * MILLISECONDS) / 1000)
  return { perSecond, spent, failed }
}

const medianOf = (rounds: readonly Round[], name: 'perSecond' | 'spent'): number =>
  Math.round(
    quantile(
      rounds.map((one) => one[name]),
      0.5,
    ),
  )
const rateOf = (rounds: readonly Round[]): number => medianOf(rounds, 'perSecond')
/** What a busy machine changes least: how long the serving thread reckons. */
const spentOn = (rounds: readonly Round[]): number => medianOf(rounds, 'spent')

interface Round {
  readonly perSecond: number
  /** Microseconds of the serving thread for each request. */
  readonly spent: number
  readonly failed: number
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.round((sorted.length - 1) * part)]!
}

async function notifications(synchronous: 'FULL' | 'NORMAL'): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kizuna-bench-'))
  const { queue, values } = openStore({ folder, synchronous })
  const secret = 'a secret of this bench, long enough'
  const base = await serve(express().use(createInbox({ secrets: [secret], tenants: ['hospital'], queue, values })))
  const news = JSON.stringify({ resourceType: 'QuestionnaireResponse', id: 'form-{n}', meta: { versionId: '1' } })
  const headers = { ...JSON_TYPE, authorization: `Bearer ${inboxToken(secret, 'hospital')}` }
  const load = { url: `${base}/inbox/subscription/hospital`, method: 'POST', headers, bodies: [news], connections: 8, milliseconds: 3_000 }
  const { perSecond, p99, failed } = await measure(load)
  const { waiting } = await queue.counts()
  say(
    `inbox        ${Math.round(perSecond)} notifications/s accepted, p99 ${p99.toFixed(1)} ms (${synchronous}); ${waiting} kept, ${failed} failed`,
  )
}

async function writeBacks(): Promise<void> {
  const ehr = await startFhirServer({ check: knowledge.check })
  const server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  for (let mother = 0; mother < 50; mother++) await server.update({ resourceType: 'Patient', id: `mother-${mother}` })
  const responses = await Promise.all(
    Array.from({ length: 200 }, (_, index) => {
      const { meta: _meta, ...rest } = forms[index]!
      return server.update({ ...rest, id: `form-${index}`, subject: { reference: `Patient/mother-${index % 50}` } })
    }),
  )
  const started = performance.now()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let response = responses.pop(); response; response = responses.pop())
        await writeBack({ server, knowledge, response, recording: { recorded: '2026-04-01T00:00:00Z' } })
    }),
  )
  say(
    `write-back   ${Math.round(200_000 / (performance.now() - started))} responses/s into the embedded EHR, server and writer in one process`,
  )
}

await scoreAgainstEcho()
await notifications('FULL')
await notifications('NORMAL')
await writeBacks()
process.exit(0)
