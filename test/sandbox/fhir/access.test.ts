import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { batch, entry, type FhirServer, idsOf, issuesOf, observation, patient, startFhirServer, token, transaction } from './fhir-server.ts'

const reference = (ref: string) => ({ reference: ref })
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'
const survey = { category: [{ coding: [{ system: CATEGORY, code: 'survey' }] }] }
const provenance = (id: string, ...targets: string[]) => ({
  resourceType: 'Provenance',
  id,
  target: targets.map(reference),
  recorded: '2026-01-01T00:00:00Z',
})

/** Mother a with infants linked in each of the four ways, and mother b. */
const RESOURCES = [
  { resourceType: 'RelatedPerson', id: 'a-child', patient: reference('Patient/a') },
  patient('a-infant-1', { link: [{ other: reference('Patient/a'), type: 'seealso' }] }),
  patient('a-infant-2', { link: [{ other: reference('RelatedPerson/a-child'), type: 'seealso' }] }),
  patient('a-infant-3'),
  patient('a-infant-4'),
  { resourceType: 'RelatedPerson', id: 'a-as-mother', patient: reference('Patient/a-infant-3') },
  patient('a', {
    link: [
      { other: reference('RelatedPerson/a-as-mother'), type: 'seealso' },
      { other: reference('Patient/a-infant-4'), type: 'seealso' },
    ],
  }),
  patient('b'),
  { resourceType: 'Practitioner', id: 'dr' },
  { resourceType: 'RelatedPerson', id: 'b-child', patient: reference('Patient/b') },
  { resourceType: 'Encounter', id: 'a-enc', status: 'finished', subject: reference('Patient/a') },
  observation('a', 'a-1', { id: 'a-survey', ...survey, encounter: reference('Encounter/a-enc') }),
  observation('a', 'a-2', { id: 'a-other' }),
  observation('a-infant-1', 'i-1', { id: 'infant-obs' }),
  observation('b', 'b-1', { id: 'b-survey', ...survey, hasMember: [reference('Observation/a-other')] }),
  provenance('a-prov', 'Observation/a-survey', 'Patient/a'),
  provenance('ab-prov', 'Observation/a-survey', 'Observation/b-survey'),
  provenance('b-prov', 'Observation/b-survey'),
]

const GRANTS = {
  patient: token('patient/*.cruds', { patient: 'a' }),
  survey: token(`patient/Observation.crus?category=${CATEGORY}|survey patient/Patient.r`, { patient: 'a' }),
  clinician: token('user/*.cruds', { fhirUser: 'Practitioner/dr', patient: 'a' }),
  mother: token('user/*.cruds', { fhirUser: 'https://ehr.example/fhir/Patient/a', patient: 'a' }),
  lost: token('patient/*.cruds'),
  reader: token('patient/Observation.rs', { patient: 'a' }),
  writer: token('patient/Provenance.c patient/Observation.c', { patient: 'a' }),
  unsearchable: token('patient/Observation.rs?colour=red', { patient: 'a' }),
  unreadable: token('patient/Observation.rs?category:in=x', { patient: 'a' }),
  nothing: token('openid fhirUser'),
}

let server: FhirServer
beforeAll(async () => {
  server = await startFhirServer({ grants: GRANTS, referentialIntegrity: false })
  for (const resource of RESOURCES)
    await server.call('PUT', `/${resource.resourceType}/${(resource as { id: string }).id}`, { body: resource })
})
afterAll(() => server.close())

test.each([
  ['GET', '/Patient/a', 'unknown'],
  ['POST', '/', 'unknown'],
  ['GET', '/Observation', ''],
])('%s %s without a valid token: 401 that says Bearer', async (method, path, bearer) => {
  const answer = await server.call(method, path, { token: bearer })
  expect([answer.status, issuesOf(answer.body)]).toEqual([401, ['login']])
  expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="fhir", error="invalid_token"')
})

test('metadata needs no token', async () => {
  expect((await server.call('GET', '/metadata', { token: 'unknown' })).status).toBe(200)
})

describe('reading', () => {
  test.each([
    ['patient', '/Patient/a', 200],
    ['patient', '/Patient/b', 403],
    ['patient', '/Patient/a-infant-1', 200],
    ['patient', '/Patient/a-infant-2', 200],
    ['patient', '/Patient/a-infant-3', 200],
    ['patient', '/Patient/a-infant-4', 200],
    ['patient', '/RelatedPerson/a-child', 200],
    ['patient', '/RelatedPerson/a-as-mother', 200],
    ['patient', '/RelatedPerson/b-child', 403],
    ['patient', '/Practitioner/dr', 200],
    ['patient', '/Observation/a-other', 200],
    ['patient', '/Observation/a-other/_history', 200],
    ['patient', '/Observation/a-other/_history/1', 200],
    ['patient', '/Observation/b-survey', 403],
    ['patient', '/Observation/b-survey/_history', 403],
    ['patient', '/Observation/b-survey/_history/1', 403],
    ['patient', '/Observation/infant-obs', 403],
    ['patient', '/Provenance/a-prov', 200],
    ['patient', '/Provenance/ab-prov', 403],
    ['patient', '/Provenance/b-prov', 403],
    ['patient', '/Observation/none', 404],
    ['survey', '/Observation/a-survey', 200],
    ['survey', '/Observation/a-other', 403],
    ['survey', '/Observation/b-survey', 403],
    ['survey', '/Encounter/a-enc', 403],
    ['survey', '/Patient?_id=a', 403],
    ['clinician', '/Observation/b-survey', 200],
    ['mother', '/Observation/b-survey', 403],
    ['mother', '/Observation/a-other', 200],
    ['lost', '/Observation/a-other', 403],
    ['reader', '/Observation/a-other', 200],
    ['reader', '/Patient/a', 403],
    ['writer', '/Observation/a-other', 403],
    ['unsearchable', '/Observation/a-other', 403],
    ['unreadable', '/Observation/a-other', 403],
    ['nothing', '/Practitioner/dr', 403],
  ])('%s %s: %i', async (bearer, path, status) => {
    const answer = await server.call('GET', path, { token: bearer })
    expect(answer.status).toBe(status)
    if (status === 403)
      expect([issuesOf(answer.body), answer.headers.get('www-authenticate')]).toEqual([
        ['forbidden'],
        expect.stringContaining('insufficient_scope'),
      ])
  })

  test.each([
    ['patient', 'Observation', ['a-survey', 'a-other']],
    ['patient', 'Observation?subject=Patient/b', []],
    ['patient', 'Patient', ['a-infant-1', 'a-infant-2', 'a-infant-3', 'a-infant-4', 'a']],
    ['patient', 'Provenance', ['a-prov']],
    ['survey', 'Observation', ['a-survey']],
    ['survey', 'Observation?_include=Observation:encounter', ['a-survey']],
    ['patient', 'Observation?_id=a-survey&_include=Observation:encounter&_revinclude=Provenance:target', ['a-survey', '+a-enc', '+a-prov']],
    ['patient', 'Observation?_id=a-other&_revinclude=Observation:has-member', ['a-other']],
    ['reader', 'Observation?_id=a-survey&_include=Observation:subject', ['a-survey']],
    ['unsearchable', 'Observation', []],
    ['unreadable', 'Observation', []],
    ['lost', 'Observation', []],
  ])('%s %s finds %j', async (bearer, query, ids) => {
    const { body } = await server.call('GET', `/${query}`, { token: bearer })
    expect([idsOf(body), body.total]).toEqual([ids, ids.filter((id) => !id.startsWith('+')).length])
  })

  test('a chained search needs the right to search both', async () => {
    expect((await server.call('GET', '/Observation?patient.identifier=x', { token: 'reader' })).status).toBe(403)
    expect((await server.call('GET', '/Observation?patient.identifier=x', { token: 'patient' })).status).toBe(200)
  })

  test('of a resource that changed hands each sees the versions that were his', async () => {
    await server.call('PUT', '/Observation/moved', { body: observation('b', 'moved', { id: 'moved' }) })
    await server.call('PUT', '/Observation/moved', { body: observation('a', 'moved', { id: 'moved' }) })
    expect((await server.call('GET', '/Observation/moved/_history', { token: 'patient' })).body.total).toBe(1)
    expect((await server.call('GET', '/Observation/moved/_history/1', { token: 'patient' })).status).toBe(403)
    await server.call('DELETE', '/Observation/moved')
    expect((await server.call('GET', '/Observation/moved', { token: 'patient' })).status).toBe(410)
  })
})

describe('writing', () => {
  const about = (who: string, more: object = {}) => observation(who, 'new', more)
  test.each([
    ['create hers', 'patient', 'POST', '/Observation', about('a'), 201],
    ["create another's", 'patient', 'POST', '/Observation', about('b'), 403],
    ['create without subject', 'patient', 'POST', '/Observation', about('a', { subject: undefined }), 403],
    ['create outside the query', 'survey', 'POST', '/Observation', about('a'), 403],
    ['create inside the query', 'survey', 'POST', '/Observation', about('a', survey), 201],
    ['take over', 'patient', 'PUT', '/Observation/b-survey', about('a', { id: 'b-survey' }), 403],
    ['give away', 'patient', 'PUT', '/Observation/a-other', about('b', { id: 'a-other' }), 403],
    ['update hers', 'patient', 'PUT', '/Observation/a-other', about('a', { id: 'a-other' }), 200],
    ['create by update', 'patient', 'PUT', '/Observation/a-new', about('a', { id: 'a-new' }), 201],
    ['update her infant', 'patient', 'PUT', '/Patient/a-infant-3', patient('a-infant-3'), 403],
    ['another patient', 'patient', 'PUT', '/Patient/c', patient('c'), 403],
    ['reach for another by a link', 'patient', 'PUT', '/Patient/a', patient('a', { link: [{ other: reference('Patient/b') }] }), 403],
    ['update what belongs to no patient', 'patient', 'PUT', '/Practitioner/dr', { resourceType: 'Practitioner', id: 'dr' }, 403],
    ['read only', 'reader', 'POST', '/Observation', about('a'), 403],
    ['create only', 'writer', 'PUT', '/Observation/a-other', about('a', { id: 'a-other' }), 403],
    ['Provenance of hers', 'writer', 'POST', '/Provenance', { ...provenance('x', 'Observation/a-survey'), id: undefined }, 201],
    ["Provenance of another's", 'writer', 'POST', '/Provenance', { ...provenance('x', 'Observation/b-survey'), id: undefined }, 403],
    ["delete another's", 'patient', 'DELETE', '/Observation/b-survey', undefined, 403],
    ['delete without the letter', 'survey', 'DELETE', '/Observation/a-survey', undefined, 403],
  ])('%s', async (_, bearer, method, path, body, status) => {
    expect((await server.call(method, path, { token: bearer, body })).status).toBe(status)
  })

  test('a conditional create finds, but does not show, what the token may not read', async () => {
    const call = (who: string, value: string) =>
      server.call('POST', '/Observation', {
        token: 'writer',
        body: observation(who, value),
        headers: { 'if-none-exist': `identifier=${value}` },
      })
    const found = await call('a', 'a-1')
    expect([found.status, found.body, found.headers.get('etag')]).toEqual([200, {}, 'W/"1"'])
    expect((await call('a', 'b-1')).status).toBe(403)
  })

  test('one entry out of reach fails the transaction, and is named', async () => {
    const good = entry('POST', 'Observation', observation('a', 'tx'))
    for (const bad of [
      entry('POST', 'Observation', observation('b', 'tx')),
      entry('GET', 'Patient/b'),
      entry('DELETE', 'Observation/b-survey'),
    ]) {
      const answer = await server.call('POST', '/', { token: 'patient', body: transaction(good, bad) })
      expect([answer.status, issuesOf(answer.body)]).toEqual([403, [expect.stringMatching(/^forbidden Bundle\.entry\[1\]/)]])
    }
    const unscoped = await server.call('POST', '/', { token: 'writer', body: transaction(good, entry('GET', 'Patient/a')) })
    expect(issuesOf(unscoped.body)).toEqual(['forbidden Bundle.entry[1]'])
    expect((await server.call('GET', '/Observation?identifier=tx')).body.total).toBe(0)
  })

  test('in a batch only that entry is refused', async () => {
    const body = batch(entry('GET', 'Patient/a'), entry('GET', 'Patient/b'), entry('GET', 'Observation?subject=Patient/b'))
    const answer = await server.call('POST', '/', { token: 'patient', body })
    expect(answer.body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3))).toEqual([
      '200',
      '403',
      '200',
    ])
    expect(answer.body.entry[2].resource.total).toBe(0)
  })

  test('a Provenance may come with its targets in one transaction', async () => {
    const fullUrl = 'urn:uuid:00000000-0000-4000-8000-000000000001'
    const body = transaction(
      entry('POST', 'Provenance', { ...provenance('x', fullUrl), id: undefined }),
      entry('POST', 'Observation', observation('a', 'with'), { fullUrl }),
    )
    expect((await server.call('POST', '/', { token: 'writer', body })).status).toBe(200)
  })
})
