import type { FhirResource } from 'fhir/r4.js'
import nock from 'nock'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { resourcesOf } from '../../src/emit.ts'
import { buildTransaction } from '../../src/fhir/transaction.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { assessHeld } from '../../src/write-back/assess-held.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { placesOf, withAt } from '../fixtures/places.ts'
import { response, weights } from '../fixtures/responses.ts'

const BASE = 'https://ehr.example/fhir'
const subject = { reference: 'Patient/mother' }
const FORM = { ...response('epds', weights('0000000002')), subject, authored: '2026-03-20T10:00:00Z' }
const results = resourcesOf(knowledge, assess(knowledge, { ...FORM, status: 'in-progress' }), { recorded: '2026-03-20T10:00:00Z' })

/** What the server holds of her: her own record and her child's, each linked with the other, and what was written of this very response before. */
const HELD: readonly FhirResource[] = [
  { resourceType: 'Patient', id: 'mother', link: [{ type: 'seealso', other: { reference: 'RelatedPerson/in-her-childs-record' } }] },
  { resourceType: 'RelatedPerson', id: 'child', patient: subject, birthDate: '2026-01-20' },
  { resourceType: 'RelatedPerson', id: 'in-her-childs-record', patient: { reference: 'Patient/child' } },
  {
    resourceType: 'Patient',
    id: 'child',
    birthDate: '2026-01-20',
    link: [{ type: 'seealso', other: { reference: 'RelatedPerson/child' } }],
  },
  ...results.map((one) => ({ ...one, meta: { ...one.meta, versionId: '1', lastUpdated: '2026-03-20T10:00:00Z' } })),
]
let held: readonly unknown[] = HELD

const isOf = (type: string) => (one: unknown) => (one as FhirResource | null)?.resourceType === type
const JSON_TYPE = { 'content-type': 'application/fhir+json' }

beforeAll(() => {
  nock.disableNetConnect()
  nock(BASE)
    .persist()
    .get((path) => path.startsWith('/fhir/'))
    .reply((request: Request) => {
      const [, , type = '', id] = new URL(request.url).pathname.split('/')
      const ofType = held.filter((_, index) => isOf(type)(HELD[index]))
      if (id === undefined)
        return [200, { resourceType: 'Bundle', type: 'searchset', entry: ofType.map((resource) => ({ resource })) }, JSON_TYPE]
      const read = held.find((_, index) => isOf(type)(HELD[index]) && HELD[index]!.id === id)
      return read === undefined ? [404, { resourceType: 'OperationOutcome' }, JSON_TYPE] : [200, read as object, JSON_TYPE]
    })
})
afterAll(() => {
  nock.cleanAll()
  nock.enableNetConnect()
})

async function judged() {
  const server = createFhirServer({ baseUrl: BASE, accessToken: () => 'all', attempts: 1 })
  const { result, existing } = await assessHeld({ server, knowledge, response: FORM })
  const { entry = [] } = buildTransaction(knowledge, result as Assessment, existing, { recorded: '2026-03-21T10:00:00Z' })
  return { ...result, written: entry.map(({ request }) => `${request!.method} ${request!.url}`) }
}

describe('what a server holds and nobody can read silences no safety answer', () => {
  test("her record and her child's are found, whichever way they are linked", async () => {
    held = HELD
    const result = await judged()
    expect([result.outcome, result.risk.tier]).toEqual(['scored', 'immediate'])
  })

  test.each(HELD.map(({ resourceType, id = '' }, index) => ({ name: `${resourceType}/${id}`, index })))('$name', async ({ index }) => {
    let count = 0
    for (const place of placesOf(HELD[index])) {
      const put = [{ toString: '' }, [null]][count++ % 2]
      held = HELD.with(index, withAt(HELD[index], place, put) as FhirResource)
      const { risk, written } = await judged().catch((error: unknown) => {
        throw new Error(`${place.join('.')}: ${JSON.stringify(put)}`, { cause: error })
      })
      expect(risk.tier, `${place.join('.')}: ${JSON.stringify(put)}`).toBe('immediate')
      expect(written.length).toBeGreaterThan(0)
    }
  })
})
