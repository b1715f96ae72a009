import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadResourceCheck } from '../../../src/load-knowledge.ts'
import { batch, entry, type FhirServer, issuesOf, observation, patient, startFhirServer, transaction } from './fhir-server.ts'

const check = loadResourceCheck()

let server: FhirServer
beforeAll(async () => {
  server = await startFhirServer({ check })
  await server.call('PUT', '/Patient/p', { body: patient('p') })
})
afterAll(() => server.close())

test.each([
  ['a status that is none', { status: 'completed' }, 'Observation.status'],
  ['a value and why it is absent (obs-6)', { valueInteger: 1, dataAbsentReason: { text: 'x' } }, 'Observation'],
  ['an unknown element', { score: 3 }, 'Observation.score'],
  ['an empty list', { category: [] }, 'Observation.category'],
])('%s: 422, alone and in a transaction', async (_, more, expression) => {
  const alone = await server.call('POST', '/Observation', { body: observation('p', 'x', more) })
  expect([alone.status, alone.body.issue[0].expression[0]]).toEqual([422, expect.stringContaining(expression)])
  const within = await server.call('POST', '/', { body: transaction(entry('POST', 'Observation', observation('p', 'x', more))) })
  expect([within.status, issuesOf(within.body)[0]]).toEqual([422, expect.stringContaining('Bundle.entry[0].resource')])
})

test('every answer of the server is valid R4 itself', async () => {
  const bodies = [
    (await server.call('GET', '/metadata')).body,
    (await server.call('POST', '/', { body: transaction(entry('POST', 'Observation', observation('p', '1')), entry('GET', 'Patient/p')) }))
      .body,
    (
      await server.call('POST', '/', {
        body: batch(entry('GET', 'Patient/p'), entry('GET', 'Patient/none')),
        headers: { prefer: 'return=OperationOutcome' },
      })
    ).body,
    (await server.call('GET', '/Observation?_include=Observation:subject&colour=red', { headers: { prefer: 'handling=lenient' } })).body,
    (await server.call('GET', '/Patient?_id=none')).body,
    (await server.call('GET', '/Patient?_summary=count')).body,
    (await server.call('GET', '/Patient/p/_history')).body,
    (await server.call('GET', '/Patient/none')).body,
  ]
  for (const body of bodies) expect([body.resourceType, check(body)]).toEqual([body.resourceType, []])
})
