import { type Span, trace } from '@opentelemetry/api'
import nock from 'nock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTokenIntrospector } from '../../src/ehr/introspect-token.ts'
import { createTokenVerifier } from '../../src/ehr/verify-token.ts'
import { createMetrics } from '../../src/metrics.ts'
import { epds } from '../fixtures/responses.ts'
import { launchTokens, NOW as REALM_NOW, type RealmServer, startRealm } from '../sandbox/smart/realm-server.ts'
import { CLINICIAN, issueOf, SCORE, type ServiceServer, startService } from './service-server.ts'

describe('metrics', () => {
  let service: ServiceServer
  beforeAll(async () => {
    const readings = {
      queueDepth: async () => ({ waiting: 3, dead: 1 }),
      queueWaiting: async () => 12,
      oldestUnacknowledged: async () => undefined,
    }
    service = await startService({ metrics: createMetrics(readings), metricsToken: 'scraper' })
  })
  afterAll(() => service.close())

  test('count what was received, how it ended, and how long it took; labels are codes', async () => {
    await service.call(SCORE, { body: epds(14), token: CLINICIAN })
    await service.call(SCORE, { body: { ...epds(1), status: 'nonsense' }, token: CLINICIAN })
    const { text, headers, status } = await service.call('/metrics', { token: 'scraper' })
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    for (const line of [
      'kizuna_received_total{via="operation"} 2',
      'kizuna_assessed_total{instrument="epds",outcome="scored",tier="priority"} 1',
      'kizuna_refused_total{code="value"} 1',
      'kizuna_request_seconds_count{method="POST",route="/fhir/QuestionnaireResponse/$score",status="200"} 2',
      'kizuna_queue_orders{state="dead"} 1',
      'kizuna_queue_waiting_seconds 12',
      'kizuna_unacknowledged_seconds 0',
    ])
      expect(text.split('\n')).toContain(line)
    expect(text).not.toContain('synthetic')
  })

  test.each([
    ['no token', undefined, 401],
    ['a wrong one', 'user/*.rs', 403],
    ['a token of a system', 'system/*.rs', 200],
  ])('%s: %s', async (_name, token, status) => expect((await service.call('/metrics', { token })).status).toBe(status))
})

describe('limits', () => {
  test('a client that calls too often: 429 with Retry-After, another is not held up; health is never limited', async () => {
    const service = await startService({ limits: { callsPerMinute: 2, refusedPerMinute: 100 } })
    const read = () => service.call('/fhir/Questionnaire/epds', { token: 'system/*.rs' })
    const answers = [await read(), await read(), await read()]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect([issueOf(answers[2]!).code, Number(answers[2]!.headers.get('retry-after')) > 0]).toEqual(['throttled', true])
    expect((await service.call('/health/live')).status).toBe(200)
    service.close()
  })

  test('an address that guesses tokens', async () => {
    const service = await startService({ limits: { callsPerMinute: 100, refusedPerMinute: 3 } })
    for (const _ of [1, 2, 3]) expect((await service.call('/fhir/Questionnaire')).status).toBe(401)
    expect((await service.call('/fhir/Questionnaire')).status).toBe(429)
    service.close()
  })
})

describe('other origins', () => {
  test('only those that are named may read answers from a page', async () => {
    const service = await startService({ allowedOrigins: ['https://portal.example'] })
    const from = async (origin: string) =>
      (await fetch(`${service.base}/fhir/metadata`, { headers: { origin } })).headers.get('access-control-allow-origin')
    expect([await from('https://portal.example'), await from('https://evil.example')]).toEqual(['https://portal.example', null])
    const closed = await startService()
    expect(
      (await fetch(`${closed.base}/fhir/metadata`, { headers: { origin: 'https://portal.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    service.close()
    closed.close()
  })
})

describe('readiness', () => {
  test('each check by its name, never its reason', async () => {
    const service = await startService({
      checks: {
        fhir: async () => {
          throw new Error('Hanako')
        },
        queue: () => true,
      },
    })
    const { status, body, text } = await service.call('/health/ready')
    expect([status, body]).toEqual([503, { status: 'not-ready', checks: { fhir: 'failed', queue: 'ok' } }])
    expect(text).not.toContain('Hanako')
    service.close()
  })
})

test('a span for each call, named by its route', async () => {
  const spans: { name: string; attributes: Record<string, unknown> }[] = []
  const startSpan = () => {
    const span = { name: '', attributes: {} }
    return {
      updateName: (name: string) => void Object.assign(span, { name }),
      setAttributes: (attributes: object) => void Object.assign(span, { attributes }),
      setStatus: () => undefined,
      end: () => void spans.push(span),
      spanContext: () => ({ traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 }),
    } as unknown as Span
  }
  trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan, startActiveSpan: () => undefined as never }) })
  const service = await startService()
  await service.call('/fhir/Questionnaire/epds', { token: 'system/*.rs' })
  service.close()
  trace.disable()
  expect(spans).toEqual([
    { name: 'GET /fhir/Questionnaire/:id', attributes: expect.objectContaining({ 'http.response.status_code': 200 }) },
  ])
})

describe('tokens that are no JWT', () => {
  let realm: RealmServer
  beforeAll(async () => {
    realm = await startRealm()
  })
  afterAll(() => realm.close())

  test('are asked about, with a token of our own; what is not in force is refused', async () => {
    const { access_token: theirs } = await launchTokens(realm)
    const { access_token: opaque } = await launchTokens(realm)
    const introspect = createTokenIntrospector({
      endpoint: `${realm.auth}/introspect`,
      issuer: realm.auth,
      accessToken: () => theirs,
      now: () => REALM_NOW.getTime(),
    })
    expect(await introspect(opaque)).toMatchObject({ clientId: 'kizuna-app', issuer: realm.auth, subject: 'Practitioner/midwife' })
    await expect(introspect('unknown')).rejects.toMatchObject({ code: 'login' })
  })

  test('a refresh token is in force, and lets nobody in', async () => {
    const { access_token: theirs, refresh_token: opaque } = await launchTokens(realm)
    const introspect = createTokenIntrospector({ endpoint: `${realm.auth}/introspect`, issuer: realm.auth, accessToken: () => theirs })
    const verify = createTokenVerifier({ issuers: [], audience: realm.fhir, opaque: introspect })
    await expect(verify(`Bearer ${opaque}`)).rejects.toMatchObject({ code: 'login', message: expect.stringContaining('no access token') })
  })

  test.each([
    ['says nothing', {}, true],
    ['Bearer', { token_type: 'Bearer' }, true],
    ['an access token in another word', { token_type: 'access_token', token_use: 'access' }, true],
    ['a refresh token', { token_type: 'refresh_token' }, false],
    ['an identity', { token_use: 'id' }, false],
    ['bound to a key that is not shown', { token_type: 'DPoP' }, false],
    ['a refresh token in a word of its own', { typ: 'Refresh' }, false],
  ])('a server that says of a token: %s', async (_name, said, isLetIn) => {
    nock('https://as.example')
      .post('/introspect', { token: 'opaque', token_type_hint: 'access_token' })
      .reply(200, { active: true, client_id: 'ehr', ...said })
    const introspect = createTokenIntrospector({
      endpoint: 'https://as.example/introspect',
      issuer: 'https://as.example',
      accessToken: () => 'ours',
    })
    const answer = await introspect('opaque').catch(({ code }) => code)
    expect(answer).toEqual(isLetIn ? expect.objectContaining({ clientId: 'ehr' }) : 'login')
  })

  test('without leave to ask: not known, and so not let in', async () => {
    const introspect = createTokenIntrospector({ endpoint: `${realm.auth}/introspect`, issuer: realm.auth, accessToken: () => 'wrong' })
    await expect(introspect('any')).rejects.toMatchObject({ code: 'transient' })
  })
})
