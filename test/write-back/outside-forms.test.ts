import type { Observation, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideAnswers, outsideForm, outsideResponse } from '../fixtures/outside-forms.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

const recording = { recorded: '2026-04-01T00:00:00Z' }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let mother: string
let count = 0

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
})
afterAll(() => ehr.close())
beforeEach(async () => {
  mother = `mother-${++count}`
  await server.update({ resourceType: 'Patient', id: mother })
})

async function given(form: QuestionnaireResponse): Promise<QuestionnaireResponse> {
  const { meta: _meta, author: _author, ...rest } = form
  return server.update({ ...rest, id: `${mother}-form`, subject: { reference: `Patient/${mother}` } })
}
const write = (response: QuestionnaireResponse) => writeBack({ server, knowledge, response, recording })
const actions = ({ written }: Awaited<ReturnType<typeof write>>) => Object.fromEntries(written.map(({ role, action }) => [role, action]))
const held = async () => [
  (await server.searchAll<Observation>('Observation', { subject: `Patient/${mother}` })).length,
  (await server.searchAll<RiskAssessment>('RiskAssessment', { subject: `Patient/${mother}` })).length,
]

test('a form of others leaves the same results as our own, once', async () => {
  const stored = await given(outsideResponse('us-core-phq-9'))
  expect(actions(await write(stored))).toMatchObject({ 'phq-9-panel': 'created', 'phq-9-total': 'created', risk: 'created' })
  expect(actions(await write(stored))).toMatchObject({ 'phq-9-total': 'unchanged', risk: 'unchanged' })
  const item = stored.item!.map((one) =>
    one.linkId === '/44253-3' ? { ...one, answer: [{ valueCoding: { system: 'http://loinc.org', code: 'LA6571-9' } }] } : one,
  )
  const amended = await server.update({ ...stored, item })
  expect(actions(await write(amended))).toMatchObject({ 'phq-9-total': 'updated' })
  expect(await held()).toEqual([2, 1])
})

test('the definition of a form nobody knows is read from the server that holds it', async () => {
  const items = ['a', 'b']
  const form = outsideForm({
    items,
    url: `https://example.org/Questionnaire/${mother}`,
    expression: '%resource.item.answer.value.ordinal().sum()',
  })
  const stored = await given(outsideAnswers(items, 'cd', { questionnaire: `${form.url}|3` }))
  expect((await write(stored)).result.outcome).toBe('refused')
  await server.update({ ...form, id: mother })
  expect(actions(await write(stored))).toMatchObject({ 'generic-total': 'created', 'provenance-1': 'created' })
  expect(actions(await write(stored))).toEqual({ 'generic-total': 'unchanged' })
  expect(await held()).toEqual([1, 0])
})
