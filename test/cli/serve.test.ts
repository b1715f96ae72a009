import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Bundle, Observation } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { epds } from '../fixtures/responses.ts'
import { startHook } from '../worker/hook-server.ts'
import { endOf, fileOf, kizuna, pathOf, startKizuna } from './run-kizuna.ts'

const EHR = pathOf('serve-ehr')
const DATA = pathOf('serve-data')
const ENV = { KIZUNA_DATA: DATA, KIZUNA_INBOX_SECRET: '0123456789abcdef0123456789abcdef' }
let sandbox: ChildProcessWithoutNullStreams
let service: ChildProcessWithoutNullStreams
let [ehr, base, site, tokenFile, mother] = ['', '', '', '', '']
let token: string

/** Starts a process that says its address first. */
async function start(args: string[], env: NodeJS.ProcessEnv = {}): Promise<[ChildProcessWithoutNullStreams, string]> {
  const child = startKizuna(args, env)
  let text = ''
  const line = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(text)))
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
  return [child, line]
}

const fhir = async (method: string, path: string, body?: object): Promise<Bundle> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' }
  const answer = await fetch(`${ehr}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  return (await answer.json()) as Bundle
}
async function respond(id: string): Promise<void> {
  const { meta: _meta, ...form } = epds(12)
  await fhir('PUT', `/QuestionnaireResponse/${id}`, { ...form, id, subject: { reference: `Patient/${mother}` } })
}
const resultsOf = async (id: string): Promise<Observation[]> =>
  ((await fhir('GET', `/Observation?derived-from=QuestionnaireResponse/${id}`)).entry ?? []).map(({ resource }) => resource as Observation)
async function untilThere(id: string): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const { length } = await resultsOf(id)
    if (length > 0) return length
    await sleep(100)
  }
  return 0
}

beforeAll(async () => {
  const [child, address] = await start(['sandbox', '--port', '0', '--data', EHR])
  sandbox = child
  ehr = `${address}/ehr/fhir`
  token = (await kizuna(['token', '--scope', 'system/*.cruds', '--url', address, '--data', EHR])).out.trim()
  tokenFile = fileOf(token)
  mother = (await fhir('GET', '/Patient?_count=1')).entry![0]!.resource!.id!
  const cds = { issuer: `${address}/ehr/auth`, jwksUri: `${address}/ehr/auth/jwks` }
  const key = { clientId: 'kizuna-service', keyFile: `${EHR}/kizuna-service.jwk.json` }
  const tenant = { id: 'hospital', fhirBaseUrl: ehr, ...key, audience: ehr, cds }
  site = fileOf(
    JSON.stringify({ writer: 'service', sandbox: true, allowedOrigins: ['https://portal.example'], tenants: [tenant] }),
    'serve-site.json',
  )
  ;[service, base] = await start(['serve', '--port', '0', '--site', site], ENV)
})
afterAll(() => {
  service.kill('SIGKILL')
  sandbox.kill('SIGKILL')
})

test('subscribed, the service hears of a response and writes its results with tokens of its own', async () => {
  const subscribe = (...more: string[]) =>
    kizuna(['subscribe', '--to', ehr, '--inbox', base, '--site', site, '--token', tokenFile, ...more], '', ENV)
  expect((await subscribe('--dry-run')).out).toContain('would be created')
  expect((await subscribe()).out).toContain('created')
  expect((await subscribe()).out).toContain('unchanged')
  await respond('heard')
  expect(await untilThere('heard')).toBe(3)
})

test('a token of the hospital opens $score; without one nothing does', async () => {
  const call = (headers: Record<string, string>) =>
    fetch(`${base}/fhir/QuestionnaireResponse/$score`, {
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json', ...headers },
      body: JSON.stringify(epds(12)),
    })
  expect((await call({ authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await call({})).status).toBe(401)
})

test('it says whether it is ready, offers cards, publishes its keys and serves the app; only named origins may call from a page', async () => {
  const get = async (path: string, headers = {}) => fetch(`${base}${path}`, { headers })
  expect(await (await get('/health/ready')).json()).toEqual({ status: 'ready', checks: { queue: 'ok', alerts: 'ok', fhir: 'ok' } })
  expect(await (await get('/cds-services')).json()).toMatchObject({ services: [{ id: 'kizuna-patient-view' }] })
  expect(await (await get('/.well-known/jwks.json')).json()).toMatchObject({ keys: [{ alg: 'ES384' }] })
  expect(await (await get('/site.json')).json()).toMatchObject({ clientId: 'kizuna-app', allowedIssuers: [ehr] })
  expect(await (await get('/site.json')).text()).not.toContain('keyFile')
  const allowed = await get('/fhir/metadata', { origin: 'https://portal.example' })
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://portal.example')
  expect((await get('/metrics')).status).toBe(401)
  const counted = await (await get('/metrics', { authorization: `Bearer ${token}` })).text()
  expect(counted).toContain('kizuna_queue_orders{state="dead"} 0')
})

test('told to stop it ends with 0; what came meanwhile is found by sync, and by the next start', async () => {
  const ended = endOf(service)
  service.kill('SIGTERM')
  expect((await ended).code).toBe(0)
  await respond('unheard')
  const synced = await kizuna(['sync', '--from', ehr, '--site', site], '', ENV)
  expect(synced).toMatchObject({ code: 0, out: expect.stringContaining('1 scored') })
  expect(await resultsOf('unheard')).toHaveLength(3)
  await respond('found-at-start')
  ;[service, base] = await start(
    ['serve', '--port', '0', '--to', ehr, '--token', tokenFile, '--site', fileOf('{"writer":"service","sandbox":true}')],
    ENV,
  )
  expect(await untilThere('found-at-start')).toBe(3)
})

test('with patients it does not start until the recipient of alerts has confirmed a test message', async () => {
  const hook = await startHook()
  const env = { ...ENV, KIZUNA_DATA: pathOf('clinical-data') }
  const clinical = (settings: object) => fileOf(JSON.stringify({ writer: 'service', ...settings }))
  const attempt = (file: string) => kizuna(['serve', '--port', '0', '--to', ehr, '--token', tokenFile, '--site', file], '', env)
  expect(await attempt(clinical({}))).toMatchObject({ code: 2, err: expect.stringContaining('Nobody would hear') })
  const file = clinical({ alertWebhook: hook.url })
  expect(await attempt(file)).toMatchObject({ code: 2, err: expect.stringContaining('confirm-alert CODE') })
  const code = String(hook.told.at(-1)!.message.code)
  const confirm = (given: string) => kizuna(['config', 'confirm-alert', given, '--site', file], '', env)
  expect((await confirm('wrong')).code).toBe(2)
  expect(await confirm(code)).toMatchObject({ code: 0, out: expect.stringContaining('Confirmed') })
  const [started] = await start(['serve', '--port', '0', '--to', ehr, '--token', tokenFile, '--site', file], env)
  started.kill('SIGKILL')
  hook.close()
})

test.each([
  { args: ['serve', '--port', '0'], says: 'no hospital server' },
  { args: ['subscribe', '--to', 'http://127.0.0.1:1/fhir'], says: 'KIZUNA_INBOX_SECRET' },
  { args: ['sync', '--from', 'http://127.0.0.1:1/fhir', '--since', 'yesterday'], says: '--since' },
  { args: ['sync', '--from', 'ftp://x'], says: '--from' },
])('$args: what to do, and 2', async ({ args, says }) => {
  const env = { KIZUNA_DATA: pathOf('unused') }
  expect(await kizuna(args, '', env)).toMatchObject({ code: 2, err: expect.stringContaining(says) })
})
