import type { RiskAssessment } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf, resourcesOf } from '../../src/emit.ts'
import { loadKnowledge } from '../../src/load-knowledge.ts'
import type { Site } from '../../src/risk/knowledge.ts'
import { DEFAULT_SITE } from '../../src/risk/knowledge.ts'
import { checkSitePolicy, type SiteCutOff } from '../../src/risk/site-policy.ts'
import { summaryOf } from '../../src/summary.ts'
import type { History } from '../../src/trajectory/history.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { dueDate, earlier, epds, infant, response, summing } from '../fixtures/responses.ts'

const RECORDING = { recorded: '2026-04-01T00:00:00Z' }
const OWN: SiteCutOff = {
  instrument: 'epds',
  version: '1.0.0',
  score: 'epds-total',
  inPlaceOf: 'threshold',
  language: 'pt',
  phase: 'postpartum',
  value: 12,
  source: 'Our hospital 2025, n = 300',
}
const born = [infant('2026-03-01')]
const firedBy = (site: Partial<Site>, given = epds(11, { language: 'pt' }), history: History = born) =>
  summaryOf(assess(withSite(site), given, history), 1).rules.filter(({ fired }) => fired)
const riskOf = (site: Partial<Site>, given = epds(12), history: History = born): RiskAssessment =>
  resourcesOf(withSite(site), assess(withSite(site), given, history), RECORDING).find(
    (one): one is RiskAssessment => one.resourceType === 'RiskAssessment',
  )!

describe('a cut-off of the site takes the place of ours', () => {
  test.each([
    { name: 'below it: not', given: epds(11, { language: 'pt' }), fired: ['D5'] },
    { name: 'at it: fires', given: epds(12, { language: 'pt-BR' }), fired: ['D2'] },
    { name: 'another language: ours', given: epds(11, { language: 'en' }), fired: ['D2'] },
    { name: 'no language told: ours', given: epds(11), fired: ['D2'] },
  ])('$name', ({ given, fired }) => expect(firedBy({ cutOffs: [OWN] }, given).map(({ id }) => id)).toEqual(fired))

  test('in another phase ours holds', () =>
    expect(firedBy({ cutOffs: [OWN] }, undefined, [dueDate('2026-06-30')]).map(({ id }) => id)).toEqual(['D2']))

  test('it says whose it is, in the reason and beside the score', () => {
    const given = epds(12, { language: 'pt' })
    expect(firedBy({ cutOffs: [OWN] }, given)[0]?.because).toBe("epds-total 12 ≥ 12 (this site's)")
    const [prediction] = riskOf({ cutOffs: [OWN] }, given).prediction!
    expect(prediction?.rationale).toContain('Source: Our hospital 2025, n = 300.')
    const total = resourcesOf(withSite({ cutOffs: [OWN] }), assess(withSite({ cutOffs: [OWN] }), given, born), RECORDING).find(
      (one) => one.resourceType === 'Observation' && one.code.coding?.[0]?.code === 'epds-total',
    )
    expect(total).toMatchObject({ referenceRange: [{ high: { value: 11 }, text: 'below 12 (site): Our hospital 2025, n = 300' }] })
  })
})

describe('windows of the site', () => {
  const mibs = (day: string) => response('mibs-j', summing(5, 10, 1, [3, 5, 7, 9]), { authored: day })
  test.each([
    { name: 'B3 as studied', site: {}, on: '2026-03-15', fired: 'B5' },
    { name: 'B3 from day 14', site: { windows: { B3: [14, 42] as const } }, on: '2026-03-15', fired: 'B3' },
    { name: 'one day before it', site: { windows: { B3: [14, 42] as const } }, on: '2026-03-14', fired: 'B5' },
  ])('$name', ({ site, on, fired }) => expect(firedBy(site, mibs(on)).map(({ id }) => id)).toContain(fired))

  const before = [...born, earlier('epds-total', 3, '2026-03-26T10:00:00+09:00')]
  test.each([
    { days: 7, fired: [] },
    { days: 5, fired: ['C1'] },
  ])('C1 at least $days days after the last, given 5', ({ days, fired }) =>
    expect(firedBy({ windows: { C1: days } }, epds(7), before).map(({ id }) => id)).toEqual(fired),
  )
})

describe('numbers of the site are named', () => {
  test('in method, with the name of the site; a threshold policy is no changed number', () => {
    expect(riskOf({ name: 'St. Example', windows: { C1: 10 } }).method?.text).toBe(
      'Kizuna perinatal rules 1.0.0, numbers changed by St. Example',
    )
    expect(riskOf({ name: 'St. Example', thresholdPolicy: 'cox10' }).method).not.toHaveProperty('text')
  })

  test('in Provenance by their hash, which changes with them', () => {
    const policyOf = (site: Partial<Site>) => {
      const knowing = loadKnowledge({ ...DEFAULT_SITE, ...site }, knowledge.check)
      const bundle = JSON.stringify(bundleOf(knowing, assess(knowing, epds(3)), RECORDING))
      return bundle.match(/urn:sha256:[0-9a-f]{64}/g) ?? []
    }
    expect(policyOf({})).toHaveLength(1)
    const [one, other] = [policyOf({ windows: { C1: 10 } }), policyOf({ windows: { C1: 11 } })]
    expect([one.length, one[0] === other[0], one[1] === other[1]]).toEqual([2, true, false])
  })
})

describe('a probability', () => {
  const prevalence = { 'perinatal-depression': { value: 0.1, source: 'Our register 2025' } }
  const depression = (risk: RiskAssessment) =>
    risk.prediction!.find(({ outcome }) => outcome?.coding?.[0]?.code === 'perinatal-depression')!

  test('none without the prevalence of the site', () => expect(depression(riskOf({})).probabilityDecimal).toBeUndefined())

  test.each([
    { total: 10, policy: 'cox10' as const, value: 0.37 },
    { total: 11, policy: 'levis11' as const, value: 0.43 },
    { total: 13, policy: 'levis11' as const, value: 0.59 },
  ])('EPDS $total at 10 %: $value, as computed by hand', ({ total, policy, value }) =>
    expect(depression(riskOf({ prevalence, thresholdPolicy: policy }, epds(total))).probabilityDecimal).toBe(value),
  )

  test('with the sum and both sources in the rationale', () => {
    const { rationale } = depression(riskOf({ prevalence }))
    expect(rationale).toContain('sensitivity 0.81 × prevalence 0.1 ÷ (sensitivity 0.81 × 0.1 + (1 − specificity 0.88) × 0.9) = 0.43')
    expect(rationale).toContain('Sources: Levis 2020, BMJ 371:m4022; prevalence: Our register 2025')
  })

  test.each([
    { name: 'nothing fired', given: epds(3) },
    { name: 'a cut-off whose study gives neither', given: epds(9, { language: 'ja' }) },
    { name: 'answered by another', given: epds(12, { source: { reference: 'RelatedPerson/partner' } }) },
  ])('none: $name', ({ given }) => expect(JSON.stringify(riskOf({ prevalence }, given))).not.toContain('probabilityDecimal'))
})

describe('a server that demands a probability', () => {
  const [prediction] = riskOf({ demandsProbability: true }, epds(3)).prediction!
  test('is told all that can be, and the reader that nothing is known', () => {
    expect(prediction).toMatchObject({ probabilityRange: { low: { value: 0, code: '%' }, high: { value: 100, code: '%' } } })
    expect(prediction?.rationale).toContain('The probability is not known')
    expect(knowledge.check(riskOf({ demandsProbability: true }, epds(3)))).toEqual([])
  })
  test('has the number where it is known', () => {
    const prevalence = { 'perinatal-depression': { value: 0.1, source: 'Our register 2025' } }
    const [known] = riskOf({ demandsProbability: true, prevalence }).prediction!
    expect([known?.probabilityDecimal, known?.probabilityRange]).toEqual([0.43, undefined])
  })
})

describe('a fault is named with its place', () => {
  test.each([
    { site: { cutOffs: [{ ...OWN, instrument: 'epd' }] }, says: '/cutOffs/0/instrument: no instrument epd; there is epds' },
    { site: { cutOffs: [{ ...OWN, version: '2.0.0' }] }, says: '/cutOffs/0/version: no version 2.0.0; there is 1.0.0' },
    { site: { cutOffs: [{ ...OWN, score: 'total' }] }, says: '/cutOffs/0/score: no score total; there is epds-total, epds-3a' },
    {
      site: { cutOffs: [{ ...OWN, inPlaceOf: 'okano' }] },
      says: '/cutOffs/0/inPlaceOf: no cut-off okano; there is okano9, cox10, levis11, cox13',
    },
    { site: { cutOffs: [{ ...OWN, value: 31 }] }, says: '/cutOffs/0/value: 31 lies outside 1 to 30' },
    { site: { cutOffs: [{ ...OWN, sensitivity: 0.8 }] }, says: '/cutOffs/0: sensitivity and specificity go together' },
    { site: { cutOffs: [{ ...OWN, days: [9, 3] as const }] }, says: '/cutOffs/0/days: the first day comes after the last' },
    { site: { windows: { Z9: 3 } }, says: '/windows/Z9: no rule Z9' },
    { site: { windows: { D1: 3 } }, says: '/windows/D1: this rule has no days to set' },
    { site: { windows: { B3: 30 } }, says: '/windows/B3: takes the first and the last day after birth' },
    { site: { windows: { B5: [1, 2] as const } }, says: '/windows/B5: follows the rule' },
    { site: { windows: { C1: [1, 2] as const } }, says: '/windows/C1: takes a number of days' },
  ])('$says', ({ site, says }) => {
    const faults = checkSitePolicy({ ...DEFAULT_SITE, ...site }, knowledge).map(({ pointer, message }) => `${pointer}: ${message}`)
    expect(faults).toEqual([expect.stringContaining(says)])
  })
  test('none in what can be', () =>
    expect(checkSitePolicy({ ...DEFAULT_SITE, cutOffs: [OWN], windows: { B3: [14, 42], V2: 14 } }, knowledge)).toEqual([]))
})
