import type { Bundle, CapabilityStatement, Questionnaire } from 'fhir/r4.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { CLINICIAN, EXTRACT, issueOf, SCORE, type ServiceServer, startService } from './service-server.ts'

let service: ServiceServer
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.close())

const READER = 'user/*.rs;Practitioner/midwife'
const BEGIN = [
  { name: 'canonical', valueUri: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0' },
  { name: 'subject', valueReference: { reference: 'Patient/mother' } },
]

describe('open', () => {
  test.each(['/fhir/metadata', '/fhir/.well-known/smart-configuration', '/health/live', '/health/ready'])('%s', async (path) => {
    expect((await service.call(path)).status).toBe(200)
  })

  test('the CapabilityStatement is valid and every type and operation in it answers', async () => {
    const statement = (await service.call('/fhir/metadata')).body as CapabilityStatement
    expect(knowledge.check(statement)).toEqual([])
    for (const { type, interaction, operation } of statement.rest![0]!.resource!) {
      if (interaction) expect((await service.call(`/fhir/${type}`, { token: READER })).status, type).toBe(200)
      for (const { name } of operation ?? []) {
        const body = name === 'populate' ? { resourceType: 'Parameters', parameter: BEGIN } : epds(1)
        const answer = await service.call(`/fhir/${type}/$${name}`, { body, token: READER })
        expect(answer.status, name).toBe(200)
      }
    }
  })

  test('not ready: 503 with what is not', async () => {
    const waiting = await startService({ checks: { queue: () => false, keys: () => undefined } })
    const answer = await waiting.call('/health/ready')
    waiting.close()
    expect([answer.status, answer.body]).toEqual([503, { status: 'not-ready', checks: { queue: 'failed', keys: 'ok' } }])
  })
})

describe('closed', () => {
  test.each(['/fhir/Questionnaire', '/fhir/Questionnaire/epds', '/fhir/nothing', SCORE, EXTRACT])('no token: 401 %s', async (path) => {
    const answer = await service.call(path, path.includes('$') ? { body: epds(1) } : {})
    expect([answer.status, issueOf(answer).code, answer.headers.get('www-authenticate')]).toEqual([401, 'login', 'Bearer realm="fhir"'])
  })

  test.each([
    { name: 'other types', token: 'user/Observation.rs' },
    { name: 'other letters', token: 'user/QuestionnaireResponse.cud' },
    { name: 'one patient only', token: 'patient/*.rs' },
    { name: 'a part of them', token: 'user/QuestionnaireResponse.rs?status=completed' },
    { name: 'none', token: 'openid' },
    { name: 'the mother herself', token: 'user/QuestionnaireResponse.rs;Patient/hana' },
    { name: 'a relative', token: 'user/*.rs;https://ehr.example/fhir/RelatedPerson/taro' },
  ])('a scope for $name: 403', async ({ token }) => {
    for (const path of [SCORE, EXTRACT]) {
      const answer = await service.call(path, { body: epds(1), token })
      expect([answer.status, issueOf(answer).code]).toEqual([403, 'forbidden'])
      expect(answer.headers.get('www-authenticate')).toContain('insufficient_scope')
    }
  })

  test('what is missing is named', async () => {
    const answer = await service.call(SCORE, { body: epds(1), token: 'openid' })
    expect(issueOf(answer).diagnostics).toContain('user/QuestionnaireResponse.r')
  })

  test.each(['system/QuestionnaireResponse.r', 'user/QuestionnaireResponse.s', 'system/*.cruds', 'user/*.read'])(
    '%s will do',
    async (token) => {
      expect((await service.call(SCORE, { body: epds(1), token })).status).toBe(200)
    },
  )
})

describe('artifacts', () => {
  const get = (path: string, token = READER) => service.call(`/fhir/${path}`, { token })
  const url = 'https://w3id.org/kizuna/fhir/Questionnaire/epds'

  test('by id', async () => {
    const answer = await get('Questionnaire/epds')
    expect((answer.body as Questionnaire).url).toBe(url)
    expect((await get('Questionnaire/none')).status).toBe(404)
  })

  test.each([
    { query: '', total: 5 },
    { query: `?url=${encodeURIComponent(url)}`, total: 1 },
    { query: `?url=${encodeURIComponent(url)}&version=1.0.0`, total: 1 },
    { query: '?version=9.0.0', total: 0 },
    { query: '?url=', total: 0 },
  ])('searched: "$query" finds $total', async ({ query, total }) => {
    const bundle = (await get(`Questionnaire${query}`)).body as Bundle
    expect([bundle.type, bundle.total, bundle.entry?.length ?? 0]).toEqual(['searchset', total, total])
    expect(knowledge.check(bundle)).toEqual([])
  })

  test('a score definition, by its canonical', async () => {
    const canonical = encodeURIComponent('https://w3id.org/kizuna/fhir/ObservationDefinition/epds-total')
    const found = (await get(`ObservationDefinition?url=${canonical}&version=1.0.0`)).body as Bundle
    expect(found.entry!.map(({ resource }) => resource!.id)).toEqual(['epds-total'])
    expect(((await get(`ObservationDefinition?url=${canonical}&version=2.0.0`)).body as Bundle).total).toBe(0)
  })

  test.each(['?name=x', '?url=a&url=b', '?_count=1'])('a search that is not understood is refused: %s', async (query) => {
    const answer = await get(`Questionnaire${query}`)
    expect([answer.status, issueOf(answer).code]).toEqual([422, 'not-supported'])
  })

  test('an app of one patient may read them, one without a scope may not', async () => {
    expect((await get('Questionnaire/epds', 'patient/Questionnaire.rs')).status).toBe(200)
    expect((await get('Questionnaire/epds', 'patient/Observation.rs')).status).toBe(403)
  })
})

describe('every answer', () => {
  test('names its request, says what a browser may do with it, and is kept nowhere', async () => {
    const { headers } = await service.call(SCORE, { body: epds(1), token: CLINICIAN })
    expect(headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
    expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
  })

  test('an unknown address: 404', async () => {
    const answer = await service.call('/fhir/Observation', { token: READER })
    expect([answer.status, issueOf(answer).code]).toEqual([404, 'not-found'])
  })

  test('a fault of ours is a 500 that explains nothing; its kind and place are logged', async () => {
    const broken = await startService({
      artifacts: {
        types: ['Questionnaire'],
        search: () => [],
        read: () => {
          throw new TypeError('Hanako answered 3')
        },
      },
    })
    const answer = await broken.call('/fhir/Questionnaire/epds', { token: READER })
    broken.close()
    expect([answer.status, issueOf(answer)]).toEqual([500, { severity: 'error', code: 'exception', diagnostics: 'Internal error' }])
    const fault = broken.events.find(({ event }) => event === 'fault')
    expect(fault).toMatchObject({ name: 'TypeError', at: expect.stringContaining('service.test.ts') })
    expect(JSON.stringify(broken.events)).not.toContain('Hanako')
  })

  test('what is logged of a call holds its route, never its address', async () => {
    service.events.length = 0
    await service.call('/fhir/Questionnaire/hanako', { token: READER })
    expect(service.events).toMatchObject([
      { event: 'refused', code: 'not-found' },
      { event: 'request', route: '/fhir/Questionnaire/:id', status: 404, clientId: 'client' },
    ])
    expect(JSON.stringify(service.events)).not.toContain('hanako')
  })
})
