import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { Observation, QuestionnaireResponse, RelatedPerson, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { parseScopes } from '../../src/ehr/scopes.ts'
import { loadKnowledge, loadResourceCheck } from '../../src/load-knowledge.ts'
import { createFhirRouter } from '../../src/sandbox/fhir/router.ts'
import { createStore } from '../../src/sandbox/fhir/store.ts'
import { loadStories } from '../../src/sandbox/load-stories.ts'
import { seed } from '../../src/sandbox/seed.ts'
import { resultValue } from '../../src/score/identity.ts'
import { writeBack } from '../../src/write-back/write-back.ts'

const check = loadResourceCheck()
const knowledge = loadKnowledge(undefined, check)
const stories = loadStories()
const responses = stories.mothers.flatMap(({ id, responses: given }) => given.map((one, index) => ({ id: `${id}-${index + 1}`, ...one })))
const seeding = { knowledge, stories, today: '2026-03-01', now: '2026-03-01T01:02:03Z' }

/** What a launch in the chart of Kaho gives the app. */
const APP_GRANT = {
  clientId: 'kizuna-app',
  patient: 'kaho',
  fhirUser: 'Practitioner/midwife',
  scopes: parseScopes(
    ['Patient.r', 'RelatedPerson.rs', 'QuestionnaireResponse.crus', 'Observation.crus', 'RiskAssessment.crus', 'Provenance.crs']
      .map((scope) => `patient/${scope}`)
      .join(' '),
  ),
}

let http: Server
let server: FhirServer
let added: number

beforeAll(async () => {
  const grant = { clientId: 'seed', scopes: parseScopes('system/*.cruds') }
  const store = createStore()
  const app = express().use('/fhir', createFhirRouter({ store, check, grantOf: () => grant }))
  app.use('/as-app', createFhirRouter({ store, check, grantOf: () => APP_GRANT }))
  http = createServer(app)
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  server = createFhirServer({ baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/fhir` })
  added = (await seed({ ...seeding, server })).added
})
afterAll(() => http.close())

test('all mothers are there', () => {
  expect(added).toBe(stories.mothers.length)
})

test('every response has exactly one of each result, with the tier and the status that its story tells', async () => {
  const assessments = await server.searchAll<RiskAssessment>('RiskAssessment', { _count: '200' })
  expect(assessments).toHaveLength(responses.length)
  const riskOf = (id: string) =>
    assessments.find(({ identifier }) => identifier?.[0]?.value === resultValue(`QuestionnaireResponse/${id}`, 'risk'))
  const retracted = responses.filter(({ status }) => status === 'entered-in-error').map(({ id }) => riskOf(id)?.status)
  expect(retracted).toEqual(['entered-in-error'])
  for (const { id, status, expect: expected } of responses.filter((one) => one.status !== 'entered-in-error')) {
    const tiers = riskOf(id)?.prediction?.map(({ qualitativeRisk }) => qualitativeRisk?.coding?.[0]?.code) ?? []
    expect(tiers.length === 0 ? ['none'] : tiers, id).toContain(expected.tier)
    expect(riskOf(id)?.status, id).toBe(status === 'amended' ? 'amended' : status === 'in-progress' ? 'preliminary' : 'final')
  }
  const observations = await server.searchAll<Observation>('Observation', { _count: '200' })
  const values = observations.flatMap(({ identifier }) => identifier?.map(({ value }) => value) ?? [])
  expect(new Set(values).size).toBe(values.length)
})

test('an infant is found on the record of her mother', async () => {
  const children = await server.searchAll<RelatedPerson>('RelatedPerson', { patient: 'Patient/mina' })
  expect(children.map(({ birthDate }) => birthDate).sort()).toEqual(['2026-01-20', '2026-01-21'])
})

test('the app, confined to her chart, finds every result as it would write it', async () => {
  const own = createFhirServer({ baseUrl: server.baseUrl.replace('/fhir', '/as-app') })
  const given = await own.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject: 'Patient/kaho' })
  expect(given).toHaveLength(7)
  for (const response of given) {
    const { written } = await writeBack({ server: own, knowledge, response, recording: { recorded: seeding.now } })
    expect(written.map(({ action }) => action)).toEqual(written.map(() => 'unchanged'))
    expect(written.length).toBeGreaterThan(3)
  }
})

test('seeding again adds nothing and leaves later work alone', async () => {
  const response = await server.read<QuestionnaireResponse>('QuestionnaireResponse', 'aoi-1')
  await server.update({ ...response, status: 'amended' })
  const { added: more, toldOn } = await seed({ ...seeding, server, today: '2026-04-01' })
  expect([more, toldOn.get('aoi'), toldOn.size]).toEqual([0, '2026-03-01', stories.mothers.length])
  expect((await server.read<QuestionnaireResponse>('QuestionnaireResponse', 'aoi-1')).status).toBe('amended')
})

test('an interrupted seeding is completed', async () => {
  const twins = stories.mothers.filter(({ id }) => id === 'mina')
  const renamed = twins.map((story) => ({
    ...story,
    id: 'mina-again',
    mrn: 'S-9999',
    infants: story.infants!,
    responses: story.responses.slice(0, 2),
  }))
  const cut = { ...stories, mothers: renamed }
  const failing: FhirServer = { ...server, create: server.create, transaction: failAfter(4, server.transaction) }
  await expect(seed({ ...seeding, stories: cut, server: failing })).rejects.toThrow('power cut')
  expect((await seed({ ...seeding, stories: cut, server })).added).toBe(1)
  const written = await server.searchAll<RiskAssessment>('RiskAssessment', { subject: 'Patient/mina-again' })
  expect(written).toHaveLength(2)
})

function failAfter<A extends unknown[], R>(times: number, call: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  let calls = 0
  return async (...given) => {
    calls += 1
    if (calls > times) throw new Error('power cut')
    return call(...given)
  }
}
