import { afterAll, beforeAll, expect, test } from 'vitest'
import { asCaller } from '../../src/cli/as-caller.ts'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { openStore } from '../../src/queue/open-store.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideAnswers, outsideForm } from '../fixtures/outside-forms.ts'
import { newFolder } from '../queue/store.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'
import { CLINICIAN, startService } from '../service/service-server.ts'

let ehr: Awaited<ReturnType<typeof startFhirServer>>
beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
})
afterAll(() => ehr.close())

test('$extract of a stored response to a form that only its server knows: with the definition that stands there', async () => {
  const server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  const { claims, close } = openStore({ folder: newFolder() })
  const asAll = asCaller({ knowledge, claims, baseUrlFor: async () => ehr.base, now: () => new Date() })
  const service = await startService({ readResponse: (id) => asAll.readResponse(id, 'Bearer all') })
  const extract = () => service.call('/fhir/QuestionnaireResponse/outside/$extract', { method: 'POST', token: CLINICIAN })
  const items = ['a', 'b']
  const url = 'https://example.org/Questionnaire/of-the-hospital'
  const form = outsideForm({ items, url, expression: '%resource.item.answer.value.ordinal().sum()' })
  await server.update({ resourceType: 'Patient', id: 'mother' })
  const { meta: _meta, author: _author, ...response } = outsideAnswers(items, 'cd', { questionnaire: `${url}|3` })
  await server.update({ ...response, id: 'outside', subject: { reference: 'Patient/mother' } })
  expect((await extract()).status).toBe(422)
  await server.update({ ...form, id: 'the-form' })
  expect((await extract()).status).toBe(200)
  await service.close()
  close()
})
