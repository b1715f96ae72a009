import nock from 'nock'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { assessHeld } from '../../src/write-back/assess-held.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { response, weights } from '../fixtures/responses.ts'

const BASE = 'https://ehr.example/fhir'
const subject = { reference: 'Patient/mother' }
const nobodyReads = { resourceType: 'Observation', id: 'odd', status: 'final', subject, code: null, identifier: [null] }

/** An EHR that finds nothing but, among her Observations, one that is no FHIR. */
beforeAll(() => {
  nock.disableNetConnect()
  nock(BASE)
    .persist()
    .get((path) => path.startsWith('/fhir/'))
    .reply((request: Request) => {
      const { pathname, searchParams } = new URL(request.url)
      const isHers = pathname.endsWith('/Observation') && searchParams.has('subject')
      const entry = isHers ? [{ resource: nobodyReads }] : []
      return [200, { resourceType: 'Bundle', type: 'searchset', entry }, { 'content-type': 'application/fhir+json' }]
    })
})
afterAll(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

test('one Observation that nobody can read silences no safety answer: it is judged, and what was passed over is said', async () => {
  const server = createFhirServer({ baseUrl: BASE, accessToken: () => 'all' })
  const { result } = await assessHeld({ server, knowledge, response: { ...response('epds', weights('0000000002')), subject } })
  expect([result.outcome, result.risk.tier]).toEqual(['scored', 'immediate'])
  expect(result.issues.map(({ diagnostics }) => diagnostics)).toContainEqual(expect.stringMatching(/passed over: \d/))
})
