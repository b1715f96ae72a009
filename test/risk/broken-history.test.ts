import type { FhirResource } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { resourcesOf } from '../../src/emit.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { placesOf, TEXTLESS, withAt } from '../fixtures/places.ts'
import { earlier, epds, response, weights } from '../fixtures/responses.ts'

const subject = { reference: 'Patient/mother' }
const before = { ...response('epds', weights('0000000001')), id: 'before', subject, authored: '2026-02-01T10:00:00Z' }
const results = resourcesOf(knowledge, assess(knowledge, before), { recorded: '2026-02-01T10:00:00Z' }).map(
  (one, index): FhirResource => ({ ...one, id: `held-${index}`, meta: { ...one.meta, versionId: '1' } }),
)
const history: readonly FhirResource[] = [
  ...results,
  earlier('epds-total', 3, '2026-01-05'),
  { resourceType: 'RelatedPerson', id: 'child', patient: subject, birthDate: '2025-12-20' },
  {
    resourceType: 'Patient',
    id: 'child-too',
    birthDate: '2025-12-20',
    link: [{ other: { reference: 'RelatedPerson/child' }, type: 'seealso' }],
  },
]
const now = epds(12, { subject })
/** The text in which a result says that something was passed over. */
const PASSED_OVER = 'Resources of her history that are no valid R4, and were passed over: 1'

describe('a server holds what is no R4', () => {
  const asItIs = assess(knowledge, now, history)

  test('at whatever place of her history: her response is scored, nothing throws, and what was passed over is said', () => {
    let passedOver = 0
    for (const place of placesOf(history).filter(({ length }) => length > 0)) {
      for (const put of [...TEXTLESS, null, [null], {}]) {
        const { outcome, issues } = assess(knowledge, now, withAt(history, place, put) as readonly FhirResource[])
        expect(outcome, place.join('.')).toBe('scored')
        if (issues.some(({ diagnostics }) => diagnostics === PASSED_OVER)) passedOver++
      }
    }
    expect(passedOver).toBeGreaterThan(100)
  })

  test('only what cannot be read is lost: the rest of her course counts', () => {
    const broken = { ...(results.find(isObservation) as object), id: 'z', identifier: [null] } as unknown as FhirResource
    const result = assess(knowledge, now, [...history, broken])
    expect(asItIs.outcome).toBe('scored')
    expect(result.risk.tier).toBe(asItIs.risk.tier)
    expect((result as Assessment).trajectories).toEqual((asItIs as Assessment).trajectories)
    expect(result.issues).toEqual([...asItIs.issues, { severity: 'warning', code: 'informational', diagnostics: PASSED_OVER }])
  })

  test('a safety answer is heard all the same', () => {
    const form = { ...response('epds', weights('0000000002')), subject }
    expect(assess(knowledge, form, [null as unknown as FhirResource, ...history]).risk.tier).toBe('immediate')
  })

  test('what is no R4 and yet can be read counts as before', () => {
    const without = (one: FhirResource) => (isObservation(one) ? { ...one, unknown: 'an element of another version' } : one) as FhirResource
    expect((assess(knowledge, now, history.map(without)) as Assessment).trajectories).toEqual((asItIs as Assessment).trajectories)
  })
})

const isObservation = ({ resourceType }: FhirResource): boolean => resourceType === 'Observation'
