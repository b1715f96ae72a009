import type { Task } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { acknowledgeSeen, buildAcknowledgement } from '../../src/fhir/acknowledgement.ts'
import { oldestUnacknowledged } from '../../src/worker/oldest-unacknowledged.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { startFhirServer, token } from '../sandbox/fhir/fhir-server.ts'

const NOW = new Date('2026-04-01T01:00:00Z')
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check, grants: { poor: token('system/Observation.rs') } })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  await server.update({ resourceType: 'Patient', id: 'hana' })
})
afterAll(() => ehr.close())

const alert = (resultPrefix: string, recorded: string): Task =>
  buildAcknowledgement(
    knowledge,
    { resultPrefix, subject: { reference: 'Patient/hana' }, focus: { reference: 'Patient/hana' }, rules: ['S1'] },
    recorded,
  )

test('the age of the oldest that nobody has seen; seen ones and servers that keep or tell nothing do not count', async () => {
  const down = createFhirServer({ baseUrl: 'http://127.0.0.1:1/fhir', attempts: 1 })
  const poor = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'poor' })
  const all = [server, down, poor]
  expect(await oldestUnacknowledged(all, NOW)).toBeUndefined()
  await server.create(alert('a', '2026-04-01T00:50:00Z'))
  const first = await server.create(alert('b', '2026-04-01T00:00:00Z'))
  expect(await oldestUnacknowledged(all, NOW)).toBe(3600)
  await server.update(acknowledgeSeen(first, { who: { display: 'midwife' }, when: '2026-04-01T00:55:00Z' }))
  expect(await oldestUnacknowledged(all, NOW)).toBe(600)
})
