import type { AuditEvent, QuestionnaireResponse } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { writeBack } from '../../src/write-back/write-back.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds } from '../fixtures/responses.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'

let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  await server.update({ resourceType: 'Patient', id: 'hana' })
})
afterAll(() => ehr.close())

const write = async (total: number, auditEvents: boolean) => {
  const { meta: _meta, ...form } = epds(total)
  const response = await server.update<QuestionnaireResponse>({ ...form, id: 'form', subject: { reference: 'Patient/hana' } })
  const site = { ...knowledge.site, auditEvents }
  return await writeBack({ server, knowledge: { ...knowledge, site }, response, recording: { recorded: '2026-04-01T00:00:00Z' } })
}
const audits = () => server.searchAll<AuditEvent>('AuditEvent', {})

test('by setting, each write that changes something leaves one AuditEvent: who, whom, of which response, what; no answers', async () => {
  expect((await write(5, false)).written.some(({ role }) => role.startsWith('audit'))).toBe(false)
  expect(await audits()).toEqual([])
  expect((await write(14, true)).written.map(({ role }) => role)).toContain('audit-2')
  await write(14, true)
  const [audit, more] = await audits()
  expect(more).toBeUndefined()
  expect(audit).toMatchObject({ action: 'U', outcome: '0', agent: [{ requestor: true, who: { identifier: { value: 'kizuna' } } }] })
  const named = audit!.entity!.map(({ what }) => what!.reference)
  expect(named.slice(0, 2)).toEqual(['Patient/hana', 'QuestionnaireResponse/form'])
  expect(named.slice(2).every((reference) => /^(Observation|RiskAssessment)\//.test(reference!))).toBe(true)
  expect(JSON.stringify(audit)).not.toMatch(/epds-\d|valueQuantity|valueCoding/)
})
