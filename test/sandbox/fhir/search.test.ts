import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyResource } from '../../../src/sandbox/fhir/resource.ts'
import { type FhirServer, idsOf, issuesOf, observation, patient, startFhirServer } from './fhir-server.ts'

const SCORE = 'https://example.org/score'
const reference = (ref: string) => ({ reference: ref })

/** Everything there is to be found, under fixed ids. */
const RESOURCES: readonly AnyResource[] = [
  patient('p1', {
    identifier: [{ system: 'https://example.org/mrn', value: 'a|b,c\\d' }],
    name: [{ family: 'Müller', given: ['Änne', 'Rose'] }],
    gender: 'female',
    birthDate: '1990-05-17',
  }),
  patient('p2', { identifier: [{ system: 'https://example.org/mrn', value: '2' }], name: [{ text: '加賀 花子', family: 'かが' }] }),
  patient('p3', {
    identifier: [{ value: '2' }],
    name: [{ family: 'Mull' }, { family: 'がか' }],
    link: [{ other: reference('Patient/p1'), type: 'seealso' }],
  }),
  { resourceType: 'RelatedPerson', id: 'r1', patient: reference('Patient/p1') },
  {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'finished',
    subject: reference('Patient/p1'),
    period: { start: '2026-01-10T09:00:00+09:00' },
  },
  {
    resourceType: 'QuestionnaireResponse',
    id: 'q1',
    status: 'completed',
    questionnaire: 'https://example.org/Questionnaire/epds|1.0.0',
    subject: reference('Patient/p1'),
    authored: '2026-01-10',
  },
  { resourceType: 'QuestionnaireResponse', id: 'q2', status: 'completed', questionnaire: 'https://example.org/Questionnaire/epds|1.1.0' },
  { resourceType: 'QuestionnaireResponse', id: 'q3', status: 'completed', questionnaire: 'https://example.org/Questionnaire/epds' },
  observation('p1', 'o1', {
    id: 'o1',
    effectiveDateTime: '2026-01-10T00:30:00+09:00',
    category: [{ coding: [{ system: 'https://example.org/category', code: 'survey' }] }],
    derivedFrom: [reference('QuestionnaireResponse/q1')],
    encounter: reference('Encounter/e1'),
    meta: { tag: [{ system: 'https://example.org/tag', code: 'caption' }], profile: ['https://example.org/profile|2.0.0'] },
  }),
  observation('p1', 'o2', {
    id: 'o2',
    effectiveDateTime: '2026-02',
    status: 'amended',
    derivedFrom: [reference('QuestionnaireResponse/q1/_history/1')],
  }),
  observation('p2', 'o3', {
    id: 'o3',
    effectivePeriod: { start: '2026-01-31', end: '2026-02-02' },
    code: { coding: [{ system: SCORE, code: 'mibs-j-total' }, { code: 'bare' }] },
    hasMember: [reference('Observation/o1'), reference('Observation/o2')],
  }),
  observation('p2', 'o4', {
    id: 'o4',
    valueDateTime: '2025-12-24',
    subject: { type: 'Patient', identifier: { system: 'https://example.org/mrn', value: '9' } },
  }),
  {
    resourceType: 'Provenance',
    id: 'v1',
    target: [reference('Observation/o1'), reference('Patient/p1')],
    recorded: '2026-01-10T00:00:00Z',
  },
  {
    resourceType: 'Questionnaire',
    id: 'epds',
    url: 'https://example.org/Questionnaire/epds',
    version: '1.0.0',
    status: 'active',
    title: 'Mood, past week',
    name: 'Epds',
  },
]

let server: FhirServer
beforeAll(async () => {
  let clock = Date.UTC(2026, 2, 1)
  server = await startFhirServer({ now: () => clock++ })
  for (const resource of RESOURCES) {
    const { status } = await server.call('PUT', `/${resource.resourceType}/${resource.id}`, { body: resource })
    expect(status).toBe(201)
  }
})
afterAll(() => server.close())

const found = async (query: string) => idsOf((await server.call('GET', `/${query}`)).body)

describe('what is found', () => {
  test.each([
    ['Patient?_id=p1,p3', ['p1', 'p3']],
    ['Patient?identifier=2', ['p2', 'p3']],
    ['Patient?identifier=https://example.org/mrn|2', ['p2']],
    ['Patient?identifier=|2', ['p3']],
    ['Patient?identifier=https://example.org/mrn|', ['p1', 'p2']],
    ['Patient?identifier=https://example.org/mrn%7Ca\\|b\\,c\\\\d', ['p1']],
    ['Patient?identifier:not=2', ['p1']],
    ['Patient?identifier=2&identifier=|2', ['p3']],
    ['Patient?name=mull', ['p1', 'p3']],
    ['Patient?name=anne', ['p1']],
    ['Patient?family:exact=Mull', ['p3']],
    ['Patient?family:exact=mull', []],
    ['Patient?family:contains=ULL', ['p1', 'p3']],
    ['Patient?family=か', ['p2']],
    ['Patient?family=が', ['p3']],
    ['Patient?given=rose', ['p1']],
    ['Patient?name=加賀', ['p2']],
    ['Patient?gender=female', ['p1']],
    ['Patient?gender=http://hl7.org/fhir/administrative-gender|female', ['p1']],
    ['Patient?gender:missing=true', ['p2', 'p3']],
    ['Patient?gender:missing=false', ['p1']],
    ['Patient?birthdate=1990', ['p1']],
    ['Patient?birthdate=1990-05-18', []],
    ['Patient?link=Patient/p1', ['p3']],
    ['RelatedPerson?patient=p1', ['r1']],
    ['Encounter?date=gt2030', ['e1']],
    ['Observation?subject=Patient/p1', ['o1', 'o2']],
    ['Observation?subject=p1', ['o1', 'o2']],
    ['Observation?subject:Patient=p1', ['o1', 'o2']],
    ['Observation?patient=p1,Patient/p2', ['o1', 'o2', 'o3']],
    ['Observation?patient=Encounter/p1', []],
    ['Observation?subject:identifier=https://example.org/mrn|9', ['o4']],
    ['Observation?patient:identifier=9', ['o4']],
    ['Observation?patient.identifier=https://example.org/mrn|2', ['o3']],
    ['Observation?subject:Patient.identifier=https://example.org/mrn|2', ['o3']],
    ['Observation?encounter=Encounter/e1', ['o1']],
    [`Observation?code=${SCORE}|epds-total`, ['o1', 'o2', 'o4']],
    ['Observation?code=|bare', ['o3']],
    ['Observation?code=nothing', []],
    ['Observation?status:not=final', ['o2']],
    ['Observation?status:not=final,amended', []],
    ['Observation?category=survey&status=final', ['o1']],
    ['Observation?derived-from=QuestionnaireResponse/q1', ['o1', 'o2']],
    ['Observation?has-member=o1', ['o3']],
    ['Observation?value-date=2025-12', ['o4']],
    ['Observation?_tag=https://example.org/tag|caption', ['o1']],
    ['Observation?_profile=https://example.org/profile', ['o1']],
    ['Observation?_profile=https://example.org/profile|1.0.0', []],
    ['Observation?date=2026-01-09', ['o1']],
    ['Observation?date=2026-01-10', []],
    ['Observation?date=2026-01-10T00:30%2B09:00', ['o1']],
    ['Observation?date=2026-01-10T00:30+09:00', ['o1']],
    ['Observation?date=2026-01-09T15:30Z', ['o1']],
    ['Observation?date=2026', ['o1', 'o2', 'o3']],
    ['Observation?date=2026-02', ['o2']],
    ['Observation?date=ne2026-02', ['o1', 'o3']],
    ['Observation?date=lt2026-02', ['o1', 'o3']],
    ['Observation?date=le2026-02', ['o1', 'o2', 'o3']],
    ['Observation?date=gt2026-02-01', ['o2', 'o3']],
    ['Observation?date=ge2026-02', ['o2']],
    ['Observation?date=sa2026-01-10', ['o2', 'o3']],
    ['Observation?date=eb2026-01-31', ['o1']],
    ['Observation?date=ap2026-01-12', ['o1']],
    ['Observation?date=ge2026-01-31&date=le2026-02', ['o2', 'o3']],
    ['Observation?date=eb2026-01-31,ge2026-02', ['o1', 'o2']],
    ['Observation?date:missing=true', ['o4']],
    ['Observation?_lastUpdated=gt2026-03-01T00:00:00.009Z', ['o3', 'o4']],
    ['QuestionnaireResponse?questionnaire=https://example.org/Questionnaire/epds', ['q1', 'q2', 'q3']],
    ['QuestionnaireResponse?questionnaire=https://example.org/Questionnaire/epds|1.0.0', ['q1']],
    ['QuestionnaireResponse?authored=2026-01', ['q1']],
    ['Questionnaire?url=https://example.org/Questionnaire/epds&version=1.0.0', ['epds']],
    ['Questionnaire?title=Mood\\, past', ['epds']],
    ['Questionnaire?name=ep', ['epds']],
    ['Provenance?target=Observation/o1', ['v1']],
    ['Provenance?patient=p1', ['v1']],
    ['Observation?_sort=date', ['o1', 'o3', 'o2', 'o4']],
    ['Observation?_sort=-date', ['o2', 'o3', 'o1', 'o4']],
    ['Observation?_sort=-_lastUpdated', ['o4', 'o3', 'o2', 'o1']],
    ['Patient?_sort=family', ['p3', 'p1', 'p2']],
    ['Observation?_format=json&_pretty=true&_id=o1', ['o1']],
    ['Observation?_id=o1&_include=Observation:derived-from&_include=Observation:subject', ['o1', '+q1', '+p1']],
    ['Observation?_id=o3&_include=Observation:has-member', ['o3', '+o1', '+o2']],
    ['Observation?_id=o1,o3&_include=Observation:has-member', ['o1', 'o3', '+o2']],
    ['Observation?_id=o1&_include=Observation:subject:Device', ['o1']],
    ['Observation?_id=o1&_revinclude=Provenance:target', ['o1', '+v1']],
    ['Patient?_id=p1&_revinclude=RelatedPerson:patient&_revinclude=Observation:patient', ['p1', '+r1', '+o1', '+o2']],
    ['Observation?_count=0', []],
    ['Observation?_summary=count', []],
  ])('%s', async (query, ids) => {
    expect(await found(query)).toEqual(ids)
  })

  test('own absolute reference', async () => {
    expect(await found(`Observation?subject=${server.base}/Patient/p1`)).toEqual(['o1', 'o2'])
  })

  test('by POST, form and query together', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const { body } = await server.call('POST', '/Observation/_search?status=final', { body: 'subject=Patient/p1', headers })
    expect([idsOf(body), body.link[0].url]).toEqual([['o1'], `${server.base}/Observation?subject=Patient%2Fp1&status=final`])
    expect(idsOf((await server.call('POST', '/Questionnaire/_search')).body)).toEqual(['epds'])
  })

  test('the Bundle tells total, self, fullUrl and mode', async () => {
    const { body } = await server.call('GET', '/Observation?_id=o1&_revinclude=Provenance:target')
    expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 1, link: [{ relation: 'self' }] })
    expect(body.entry.map(({ fullUrl, search }: { fullUrl: string; search: object }) => [fullUrl, search])).toEqual([
      [`${server.base}/Observation/o1`, { mode: 'match' }],
      [`${server.base}/Provenance/v1`, { mode: 'include' }],
    ])
    expect((await server.call('GET', '/Observation?_total=none')).body.total).toBeUndefined()
    expect((await server.call('GET', '/Observation?_summary=count')).body).toMatchObject({ total: 4 })
  })
})

describe('what is refused', () => {
  test.each([
    ['Observation?colour=red', 'not-supported'],
    ['Observation?constructor=x', 'not-supported'],
    ['Observation?status:in=x', 'not-supported'],
    ['Observation?date:exact=2026', 'not-supported'],
    ['Observation?subject:Medication=1', 'not-supported'],
    ['Observation?subject.identifier=1', 'not-supported'],
    ['Observation?patient.family=x', 'not-supported'],
    ['Observation?_sort=code', 'not-supported'],
    ['Observation?_sort=colour', 'not-supported'],
    ['Observation?_include=Observation:code', 'not-supported'],
    ['Observation?_include=Patient:link', 'not-supported'],
    ['Observation?_include=*', 'not-supported'],
    ['Observation?_include:iterate=Observation:subject', 'not-supported'],
    ['Observation?_revinclude=Medication:patient', 'not-supported'],
    ['Observation?_elements=id', 'not-supported'],
    ['Observation?_summary=true', 'not-supported'],
    ['Observation?_count=many', 'value'],
    ['Observation?_count=-1', 'value'],
    ['Observation?_total=maybe', 'value'],
    ['Observation?date=yesterday', 'value'],
    ['Observation?date=xx2026', 'value'],
    ['Observation?date=2026-02-30', 'value'],
    ['Observation?date=2026-13', 'value'],
    ['Observation?date:missing=maybe', 'value'],
    ['Observation?identifier=', 'value'],
  ])('%s', async (query, code) => {
    const { status, body } = await server.call('GET', `/${query}`)
    expect([status, issuesOf(body)]).toEqual([400, [code]])
  })

  test('handling=lenient passes an unknown parameter over, and says so', async () => {
    const { status, body } = await server.call('GET', '/Observation?colour=red&_id=o1', { headers: { prefer: 'handling=lenient' } })
    expect([status, body.link[0].url]).toEqual([200, `${server.base}/Observation?_id=o1`])
    expect(body.entry[1]).toMatchObject({ search: { mode: 'outcome' }, resource: { issue: [{ severity: 'warning' }] } })
  })
})
