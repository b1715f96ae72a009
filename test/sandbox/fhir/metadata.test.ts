import type { CapabilityStatement } from 'fhir/r4.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FhirServer, startFhirServer } from './fhir-server.ts'

let server: FhirServer
let statement: CapabilityStatement
beforeAll(async () => {
  server = await startFhirServer({ oauthUris: (base) => ({ authorize: `${base}/authorize`, token: `${base}/token` }) })
  statement = (await server.call('GET', '/metadata')).body
})
afterAll(() => server.close())

test('names the authorization server, transactions and R4', () => {
  expect(statement).toMatchObject({ fhirVersion: '4.0.1', kind: 'instance', implementation: { url: server.base } })
  expect(statement.rest?.[0]).toMatchObject({
    security: {
      cors: true,
      service: [{ coding: [{ code: 'SMART-on-FHIR' }] }],
      extension: [{ extension: [{ url: 'authorize', valueUri: `${server.base}/authorize` }, {}] }],
    },
    interaction: [{ code: 'transaction' }, { code: 'batch' }],
  })
})

const SAMPLE: Record<string, string> = { token: 'x', reference: 'Patient/x', date: '2026', string: 'x', uri: 'https://example.org/x' }

test('every parameter and include it lists is answered, and every type has them', async () => {
  const resources = statement.rest?.[0]?.resource ?? []
  expect(resources.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['Patient', 'Observation', 'RiskAssessment', 'Provenance', 'Questionnaire']),
  )
  for (const { type, searchParam = [], searchInclude = [], searchRevInclude = [] } of resources) {
    const query = [
      ...searchParam.map(({ name, type: kind }) => `${name}=${SAMPLE[kind]}`),
      ...searchInclude.map((include) => `_include=${include}`),
      ...searchRevInclude.map((include) => `_revinclude=${include}`),
    ].join('&')
    expect([type, (await server.call('GET', `/${type}?${query}`)).status]).toEqual([type, 200])
  }
})

test('what it says of versions and conditions is what the other tests show', () => {
  for (const resource of statement.rest?.[0]?.resource ?? []) {
    expect(resource).toMatchObject({
      versioning: 'versioned',
      readHistory: true,
      updateCreate: true,
      conditionalCreate: true,
      conditionalUpdate: true,
      conditionalRead: 'not-match',
      conditionalDelete: 'not-supported',
    })
  }
})
