import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bundle, FhirResource, RiskAssessment, Task } from 'fhir/r4.js'
import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createFhirServer } from '../../../src/ehr/fhir-server.ts'
import { createCdsVerifier } from '../../../src/ehr/verify-cds-client.ts'
import { acknowledgeDone, acknowledgementOf, acknowledgeSeen } from '../../../src/fhir/acknowledgement.ts'
import { openStore } from '../../../src/queue/open-store.ts'
import { readResource } from '../../../src/resources.ts'
import type { Card } from '../../../src/service/cds/card.ts'
import type { CardFeedback } from '../../../src/service/cds/feedback.ts'
import { writeBack } from '../../../src/write-back/write-back.ts'
import { knowledge } from '../../fixtures/knowledge.ts'
import { placesOf, withAt } from '../../fixtures/places.ts'
import { epds, response, weights } from '../../fixtures/responses.ts'
import { startFhirServer, token } from '../../sandbox/fhir/fhir-server.ts'
import { NOW, type ServiceServer, startService } from '../service-server.ts'

const ISSUER = 'https://ehr.example'
const PATH = '/cds-services/kizuna-patient-view'
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let service: ServiceServer
let sign: (claims?: object, header?: object) => Promise<string>
const feedback: CardFeedback[] = []
let count = 0

beforeAll(async () => {
  ehr = await startFhirServer({
    check: knowledge.check,
    grants: {
      chart: token('patient/*.rs', { patient: 'yui' }),
      'no-infants': token('patient/RiskAssessment.rs patient/Observation.rs patient/QuestionnaireResponse.rs', { patient: 'yui' }),
    },
  })
  const { privateKey, publicKey } = await generateKeyPair('ES384')
  const keys: JSONWebKeySet = { keys: [{ ...(await exportJWK(publicKey)), kid: 'ehr-1', alg: 'ES384' }] }
  const clients = [{ issuer: ISSUER, jwksUri: () => keys, fhirBaseUrl: ehr.base }]
  const origin = 'https://kizuna.example'
  service = await startService({
    cds: {
      verify: createCdsVerifier({ clients, now: () => NOW }),
      origin,
      appUrl: `${origin}/smart-launch.html`,
      words: readResource('cds-hooks.json'),
      storeFeedback: (entries) => void feedback.push(...entries),
    },
  })
  const seconds = NOW.getTime() / 1000
  sign = (claims = {}, header = {}) =>
    new SignJWT({ iss: ISSUER, aud: `${origin}${PATH}`, iat: seconds, exp: seconds + 300, jti: `jti-${++count}`, ...claims })
      .setProtectedHeader({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT', ...header })
      .sign(privateKey)
  await story()
})
afterAll(async () => {
  service.close()
  await ehr.close()
})

/** Yui: EPDS with item 10 above zero, written back; then a MIBS-J that nobody has reviewed. */
async function story(): Promise<void> {
  const server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  const subject = { reference: 'Patient/yui' }
  for (const id of ['yui', 'other']) await server.update({ resourceType: 'Patient', id })
  await server.update({
    resourceType: 'RelatedPerson',
    id: 'child',
    patient: subject,
    birthDate: '2026-03-10',
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'CHILD' }] }],
  })
  const form = await server.update({ ...response('epds', weights('0000000002')), id: 'yui-epds', subject })
  await writeBack({ server, knowledge, response: form, recording: { recorded: NOW.toISOString() } })
  await server.update({ ...response('mibs-j', weights('0000000000')), id: 'yui-mibs', subject })
  const others = await server.update({ ...epds(20), id: 'other-epds', subject: { reference: 'Patient/other' } })
  await writeBack({ server, knowledge, response: others, recording: { recorded: NOW.toISOString() } })
}

const call = async (body: object, bearer?: string) =>
  service.call(PATH, { body, token: bearer ?? (await sign()), type: 'application/json' })
const hook = (more: object = {}) => ({
  hook: 'patient-view',
  hookInstance: 'd1577c69-dfbe-44ad-ba6d-3e05e953b2ea',
  context: { userId: 'Practitioner/m', patientId: 'yui' },
  ...more,
})
const authorized = (bearer = 'chart') => ({
  fhirServer: ehr.base,
  fhirAuthorization: { access_token: bearer, token_type: 'Bearer', expires_in: 300, scope: 'patient/*.rs', subject: 'x' },
})
const cardsOf = ({ body }: { body: unknown }) => (body as { cards: Card[] }).cards
const bundle = (...resources: FhirResource[]) => ({
  resourceType: 'Bundle',
  type: 'searchset',
  entry: resources.map((resource) => ({ resource })),
})
const NOTHING = { acknowledgements: null, infants: null, observations: null, assessments: null, responses: null }
const EPDS = () => ({ ...response('epds', weights('0000000002')), id: 'unseen', subject: { reference: 'Patient/yui' } })

describe('discovery', () => {
  test('is open, and names the hook with its prefetch', async () => {
    const { status, body } = await service.call('/cds-services')
    const [only] = (body as { services: { hook: string; id: string; prefetch: Record<string, string> }[] }).services
    expect([status, only!.hook, only!.id, Object.keys(only!.prefetch)]).toEqual([
      200,
      'patient-view',
      'kizuna-patient-view',
      ['infants', 'observations', 'assessments', 'acknowledgements', 'responses'],
    ])
    expect(only!.prefetch.assessments).toBe('RiskAssessment?subject=Patient/{{context.patientId}}')
  })
})

describe('who may call', () => {
  test.each([
    ['no token', async () => '', 401],
    ['another issuer', () => sign({ iss: 'https://other.example' }), 401],
    ['the address of discovery as audience', () => sign({ aud: 'https://kizuna.example/cds-services' }), 401],
    ['no jti', () => sign({ jti: undefined }), 401],
    ['no iat', () => sign({ iat: undefined }), 401],
    ['past its end', () => sign({ exp: NOW.getTime() / 1000 - 60, iat: NOW.getTime() / 1000 - 120 }), 401],
    ['not yet in force', () => sign({ nbf: NOW.getTime() / 1000 + 60 }), 401],
    ['a life of a day', () => sign({ exp: NOW.getTime() / 1000 + 86_400 }), 401],
    ['no kid', () => sign({}, { kid: undefined }), 401],
    ['an unknown kid', () => sign({}, { kid: 'other' }), 401],
    ['no typ', () => sign({}, { typ: undefined }), 401],
    ['keys of its own choice', () => sign({}, { jku: 'https://evil.example/jwks' }), 401],
    [
      'a signature of another key',
      async () =>
        new SignJWT({ iss: ISSUER })
          .setProtectedHeader({ alg: 'ES384', kid: 'ehr-1', typ: 'JWT' })
          .sign((await generateKeyPair('ES384')).privateKey),
      401,
    ],
    [
      'a shared secret',
      () => new SignJWT({ iss: ISSUER }).setProtectedHeader({ alg: 'HS256', kid: 'ehr-1', typ: 'JWT' }).sign(new Uint8Array(32)),
      401,
    ],
    [
      'alg none',
      async () =>
        `${Buffer.from('{"alg":"none","kid":"ehr-1","typ":"JWT"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: ISSUER })).toString('base64url')}.`,
      401,
    ],
  ])('%s: refused', async (_name, make, status) => {
    expect((await call(hook({ prefetch: NOTHING }), await make())).status).toBe(status)
  })

  test('a token twice: the second time it is a replay', async () => {
    const once = await sign()
    const both = [await call(hook({ prefetch: NOTHING }), once), await call(hook({ prefetch: NOTHING }), once)]
    expect(both.map(({ status }) => status)).toEqual([200, 401])
    expect(both[1]!.text).toContain('jti')
  })
})

describe('what the cards rest on', () => {
  test('nothing in prefetch: all is read with the token in the call', async () => {
    const answer = await call(hook(authorized()))
    expect(answer.status).toBe(200)
    expect(cardsOf(answer).map(({ indicator, summary }) => [indicator, summary])).toEqual([
      ['critical', 'EPDS of 2026-03-31: a safety item was answered above zero. Somebody must see her now.'],
      ['info', 'Answered forms that nobody has reviewed: 1'],
    ])
  })

  test('null says that there is nothing, and nothing is read', async () => {
    expect(cardsOf(await call(hook({ prefetch: NOTHING, ...authorized('wrong') })))).toEqual([])
  })

  test('a key that is absent is fetched, the others are taken as they came', async () => {
    const { assessments: _, ...partial } = NOTHING
    const answer = await call(hook({ prefetch: { ...partial, responses: bundle(EPDS()) }, ...authorized() }))
    expect(cardsOf(answer).map(({ indicator }) => indicator)).toEqual(['critical', 'critical'])
  })

  test.each([
    ['a page that is not the last', { ...bundle(), link: [{ relation: 'next', url: 'x' }] }],
    ['an OperationOutcome', { resourceType: 'OperationOutcome', issue: [] }],
  ])('%s satisfies nothing', async (_name, assessments) => {
    const prefetch = { ...NOTHING, assessments }
    expect((await call(hook({ prefetch }))).status).toBe(412)
    expect(cardsOf(await call(hook({ prefetch, ...authorized() }))).length).toBe(1)
  })

  test.each([
    ['no authorization', {}, 'infants, observations, assessments, acknowledgements, responses (no fhirAuthorization'],
    ['another server', () => ({ ...authorized(), fhirServer: 'https://evil.example/fhir' }), 'not the one that is known'],
    ['a token that is not accepted', () => authorized('wrong'), 'answered 401'],
  ])('%s: 412 names what is missing', async (_name, more, says) => {
    const answer = await call(hook(typeof more === 'function' ? more() : more))
    expect([answer.status, answer.text]).toEqual([412, expect.stringContaining(says)])
  })

  test('a token that may not read her children: time unknown, the rest stands', async () => {
    expect(cardsOf(await call(hook(authorized('no-infants'))))[0]!.indicator).toBe('critical')
  })

  test("another woman's resources in prefetch are passed over", async () => {
    const other = { ...EPDS(), subject: { reference: 'Patient/other' } }
    expect(cardsOf(await call(hook({ prefetch: { ...NOTHING, responses: bundle(other) } })))).toEqual([])
  })

  test.each([
    ['another hook', { hook: 'order-sign' }],
    ['no hookInstance', { hookInstance: undefined }],
    ['no patient', { context: { userId: 'Practitioner/m' } }],
    ['a patient that is a path', { context: { userId: 'x', patientId: '../Patient' } }],
    ['an authorization without a server', { fhirAuthorization: { access_token: 'x' } }],
  ])('%s: 400', async (_name, more) => {
    expect((await call(hook({ prefetch: NOTHING, ...more }))).status).toBe(400)
  })
})

describe('cards', () => {
  test('a form that nobody has reviewed, with item 10 above zero, is critical; its link opens the answers', async () => {
    const [card] = cardsOf(await call(hook({ prefetch: { ...NOTHING, responses: bundle(EPDS()) } })))
    expect([card!.indicator, card!.links[0]!.type, JSON.parse(card!.links[0]!.appContext)]).toEqual([
      'critical',
      'smart',
      { intent: 'review', fhirContext: [{ reference: 'QuestionnaireResponse/unseen' }] },
    ])
    expect(card!.detail).toContain('S1: EPDS item 10 is above zero.')
  })

  test('attended to: no longer critical, and when; seen only: still critical', async () => {
    const assessments = ((await ehr.call('GET', '/RiskAssessment?subject=Patient/yui')).body as Bundle).entry!.map(
      ({ resource }) => resource as RiskAssessment,
    )
    const asked = acknowledgementOf(knowledge, assessments[0]!, '2026-03-31T01:00:00Z')
    const act = { who: { reference: 'Practitioner/m' }, when: '2026-03-31T02:00:00Z' }
    const cardWith = async (task: Task) =>
      cardsOf(await call(hook({ prefetch: { ...NOTHING, assessments: bundle(...assessments), acknowledgements: bundle(task) } })))[0]!
    const seen = await cardWith(acknowledgeSeen(asked, act))
    expect([seen.indicator, seen.detail]).toEqual(['critical', expect.stringContaining('Seen on 2026-03-31 02:00')])
    expect(seen.detail).toContain('time within which')
    const done = await cardWith(acknowledgeDone(asked, { ...act, what: 'Spoke with her' }))
    expect([done.indicator, done.summary]).toEqual(['warning', expect.stringContaining('attended to on 2026-03-31 02:00')])
    expect(JSON.stringify(done)).not.toContain('Spoke with her')
  })

  test('what is overdue is said, and its link gives the right questionnaire', async () => {
    const child = { resourceType: 'RelatedPerson' as const, id: 'c', patient: { reference: 'Patient/yui' }, birthDate: '2026-01-10' }
    const [card] = cardsOf(await call(hook({ prefetch: { ...NOTHING, infants: bundle(child) } })))
    expect(card!.summary).toContain('EPDS')
    expect(JSON.parse(card!.links[0]!.appContext)).toEqual({
      intent: 'give',
      fhirContext: [{ canonical: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0', type: 'Questionnaire' }],
    })
  })

  test('no nulls, nothing empty, summaries short; the same call gives the same cards', async () => {
    const [one, other] = [await call(hook(authorized())), await call(hook(authorized()))]
    expect(one.text).toBe(other.text)
    expect(one.text).not.toMatch(/null|""|\[\]|\{\}/)
    for (const { summary } of cardsOf(one)) expect(summary.length).toBeLessThan(140)
  })

  test('in the language of the site', async () => {
    const words = readResource<Record<'en' | 'ja', Record<string, string>>>('cds-hooks.json')
    expect(Object.keys(words.ja)).toEqual(Object.keys(words.en))
  })
})

describe('feedback', () => {
  const entry = {
    card: 'f6b95768-b1c8-40dc-8385-bf3504b82ffb',
    outcome: 'overridden',
    outcomeTimestamp: '2026-04-01T00:00:00Z',
    overrideReason: { reason: { code: 'seen' }, userComment: 'Hanako was here' },
  }
  const send = async (body: object, bearer?: string) =>
    service.call(`${PATH}/feedback`, { body, token: bearer ?? (await sign({ aud: `https://kizuna.example${PATH}/feedback` })) })

  test('is kept without the comment', async () => {
    expect((await send({ feedback: [entry] })).status).toBe(200)
    expect(feedback).toEqual([
      { issuer: ISSUER, card: entry.card, outcome: 'overridden', outcomeTimestamp: entry.outcomeTimestamp, reason: 'seen' },
    ])
  })

  test.each([
    ['no list', {}],
    ['an unknown outcome', { feedback: [{ ...entry, outcome: 'liked' }] }],
    ['one bad among good', { feedback: [entry, {}] }],
  ])('%s: 400, nothing kept', async (_name, body) => {
    const before = feedback.length
    expect([(await send(body)).status, feedback.length]).toEqual([400, before])
  })

  test("the hook's own token does not do", async () => expect((await send({ feedback: [entry] }, await sign())).status).toBe(401))

  test('survives a restart, and is one when it comes twice', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kizuna-feedback-'))
    const row = { issuer: ISSUER, card: 'c', outcome: 'accepted', outcomeTimestamp: '2026-04-01T00:00:00Z' }
    for (const _ of [1, 2]) {
      const store = openStore({ folder })
      store.feedback.add([row])
      expect(store.feedback.counts()).toEqual({ accepted: 1 })
      store.close()
    }
    rmSync(folder, { recursive: true })
  })
})

describe('what an EHR sends and nobody can read', () => {
  const prefetched = async () => {
    const server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
    const patient = { subject: 'Patient/yui' }
    const [observations, assessments] = await Promise.all([
      server.searchAll('Observation', patient),
      server.searchAll('RiskAssessment', patient),
    ])
    return { ...NOTHING, observations: bundle(...observations.slice(0, 1)), assessments: bundle(...assessments), responses: bundle(EPDS()) }
  }

  test('at any place: cards, or 412 with the reason, never a fault of ours', async () => {
    const prefetch = await prefetched()
    const seen = new Set<number>()
    for (const place of placesOf(prefetch)) {
      for (const put of [{ toString: '' }, [null]]) {
        const { status } = await call(hook({ prefetch: withAt(prefetch, place, put) }))
        seen.add(status)
      }
    }
    expect([...seen].sort()).toEqual([200, 412])
  })

  test('a list that holds no entries counts as not sent: 412 names it', async () => {
    const answer = await call(hook({ prefetch: withAt(await prefetched(), ['observations', 'entry', 0], null) }))
    expect([answer.status, answer.text]).toEqual([412, expect.stringContaining('observations')])
  })

  test.each([
    { name: 'a resource that is nothing', at: ['observations', 'entry', 0, 'resource'], put: null, types: 'Resource' },
    {
      name: 'an identifier that is nothing',
      at: ['observations', 'entry', 0, 'resource', 'identifier', 0],
      put: null,
      types: 'Observation',
    },
  ])('$name: what wants somebody now is shown all the same, and nothing is concluded from the rest', async ({ at, put, types }) => {
    const prefetch = await prefetched()
    const [whole, part] = [await call(hook({ prefetch })), await call(hook({ prefetch: withAt(prefetch, at, put) }))]
    const urgent = cardsOf(whole).filter(({ indicator }) => indicator === 'critical')
    expect(urgent.length).toBeGreaterThan(0)
    expect(part.status).toBe(200)
    expect(cardsOf(part).map(({ summary }) => summary)).toEqual([
      ...urgent.map(({ summary }) => summary),
      `Part of what is known of her cannot be read: ${types}`,
    ])
  })
})
