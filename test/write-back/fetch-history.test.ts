import nock from 'nock'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { fetchHistory } from '../../src/write-back/fetch-history.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier } from '../fixtures/responses.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
})
afterAll(() => ehr.close())

const keysOf = async (subject: string, on = server): Promise<string[]> =>
  (await fetchHistory(on, knowledge, { subject })).map(({ resourceType, id }) => `${resourceType}/${id}`).sort()
const person = (id: string, patient: string) => ({ resourceType: 'RelatedPerson' as const, id, patient: { reference: patient } })
const link = (reference: string) => ({ link: [{ other: { reference }, type: 'seealso' as const }] })

describe('her infants, however their records are joined', () => {
  test('linked to their entry on her record', async () => {
    await server.update({ resourceType: 'Patient', id: 'one' })
    await server.update(person('one-child', 'Patient/one'))
    await server.update({ resourceType: 'Patient', id: 'one-infant', ...link('RelatedPerson/one-child') })
    expect(await keysOf('Patient/one')).toEqual(['Patient/one', 'Patient/one-infant', 'RelatedPerson/one-child'])
  })

  test('linked to her directly', async () => {
    await server.update({ resourceType: 'Patient', id: 'two' })
    await server.update({ resourceType: 'Patient', id: 'two-infant', ...link('Patient/two') })
    expect(await keysOf('Patient/two')).toEqual(['Patient/two', 'Patient/two-infant'])
  })

  test('she links to the entry that names her on the record of the infant', async () => {
    await server.update({ resourceType: 'Patient', id: 'three-infant' })
    await server.update(person('three-mother', 'Patient/three-infant'))
    await server.update({ resourceType: 'Patient', id: 'three', ...link('RelatedPerson/three-mother') })
    expect(await keysOf('Patient/three')).toEqual(['Patient/three', 'Patient/three-infant'])
  })
})

test('what the site has coded of a lost child, on a Flag and on an Observation', async () => {
  const code = { coding: [{ system: 'urn:site', code: 'loss' }] }
  const subject = { reference: 'Patient/four' }
  await server.update({ resourceType: 'Patient', id: 'four' })
  await server.update({ resourceType: 'Flag', id: 'four-flag', status: 'active', code, subject })
  await server.update({ resourceType: 'Observation', id: 'four-loss', status: 'final', code, subject })
  const knowing = withSite({ noInfantCodes: [{ system: 'urn:site', code: 'loss' }] })
  const found = (await fetchHistory(server, knowing, { subject: 'Patient/four' })).map(({ id }) => id).sort()
  expect([found, await keysOf('Patient/four')]).toEqual([['four', 'four-flag', 'four-loss'], ['Patient/four']])
})

test('her scores page by page, all of them', async () => {
  await server.update({ resourceType: 'Patient', id: 'many' })
  const days = Array.from({ length: 120 }, (_, index) => new Date(Date.UTC(2025, 0, 1 + index)).toISOString())
  const form = {
    resourceType: 'QuestionnaireResponse' as const,
    id: 'form',
    status: 'completed' as const,
    subject: { reference: 'Patient/many' },
  }
  await server.update(form)
  for (const day of days) {
    const score = earlier('epds-total', 3, day, {
      subject: { reference: 'Patient/many' },
      derivedFrom: [{ reference: 'QuestionnaireResponse/form' }],
    })
    await server.update({ ...score, id: `many-${day.slice(0, 10)}` })
  }
  expect((await keysOf('Patient/many')).filter((key) => key.startsWith('Observation/'))).toHaveLength(120)
})

describe('servers that cannot search by link', () => {
  const base = 'https://ehr.example/fhir'
  const away = createFhirServer({ baseUrl: base, accessToken: () => 'token' })
  const bundle = (...resources: object[]) => ({
    resourceType: 'Bundle',
    type: 'searchset',
    entry: resources.map((resource) => ({ resource })),
  })
  afterEach(() => nock.cleanAll())
  const answerAll = (linking: [number, object]) =>
    nock('https://ehr.example')
      .persist()
      .get((uri) => uri.includes('/Patient?'))
      .reply(...linking)
      .get('/fhir/Patient/her')
      .reply(200, { resourceType: 'Patient', id: 'her' })
      .get(/.*/)
      .reply(200, bundle())

  test('refused: the rest stands', async () => {
    answerAll([400, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-supported' }] }])
    expect(await keysOf('Patient/her', away)).toEqual(['Patient/her'])
  })

  test('the parameter passed over: nobody else is taken for her child', async () => {
    const strangers = Array.from({ length: 50 }, (_, index) => ({
      resourceType: 'Patient',
      id: `stranger-${index}`,
      birthDate: '2026-01-01',
    }))
    answerAll([200, bundle(...strangers)])
    expect(await keysOf('Patient/her', away)).toEqual(['Patient/her'])
  })
})
