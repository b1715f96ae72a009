import type { RiskAssessment } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { sentenceOf } from '../../src/fhir/risk-assessment.ts'
import { standingOf } from '../../src/fhir/standing.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import { PHRASES, reason, told } from '../../src/risk/reason.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { earlier, epds, response, weights } from '../fixtures/responses.ts'

const { phrases } = knowledge.ruleSet

test('the rule set words every phrase that is told, and no other', () => expect(Object.keys(phrases).sort()).toEqual([...PHRASES].sort()))

test.each(PHRASES.map((key) => [key]))('%s: both languages tell the same numbers', (key) => {
  const namesIn = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
  expect(namesIn(phrases[key].ja)).toEqual(namesIn(phrases[key].en))
})

test.each([
  {
    why: reason('score-at-least', {
      score: reason('score', { score: 'epds-total', value: 14 }),
      cutOff: reason('cut-off-policy', { value: 11, policy: 'levis11' }),
      day: '',
    }),
    en: 'epds-total 14 ≥ 11 (levis11)',
    ja: 'epds-total 14 ≥ 11(levis11)',
  },
  { why: reason('items-unanswered', { items: ['epds-4', 'epds-5'] }), en: 'epds-4, epds-5 unanswered', ja: 'epds-4、epds-5 は未回答' },
])('$en', ({ why, en, ja }) => expect([told(phrases, why, 'en'), told(phrases, why, 'ja')]).toEqual([en, ja]))

describe('why, in the language of the reader', () => {
  const history = [earlier('epds-total', 3, '2026-02-01T10:00:00+09:00')]
  const of = (language: 'en' | 'ja', given = epds(12)): RiskAssessment => {
    const site = withSite({ language })
    const result = assess(site, given, history)
    if (result.outcome === 'refused') throw new Error('refused')
    return buildResources(site, result, { recorded: '2026-04-01T00:00:00Z' }).find(
      (one): one is RiskAssessment => one.resourceType === 'RiskAssessment',
    )!
  }

  test('the rationale in Japanese has no English reason in it', () => {
    const rationale = of('ja').prediction![0]!.rationale!
    expect(rationale).toContain('epds-total 12、前回 3、差の基準 4。')
    expect(rationale).not.toMatch(/last|margin|unanswered|Source|postpartum/)
  })

  test('every verdict of a form with gaps is told in Japanese', () => {
    const result = assess(knowledge, response('epds', weights('3330_000_0')))
    for (const { why } of result.risk.verdicts) expect(told(phrases, why, 'ja')).not.toMatch(/[a-z]{3,} (unanswered|incomplete|in|by|no)\b/)
  })

  test('a stored result is told in both, whatever language it was written in', () => {
    const assessments = [of('en')]
    const { current } = standingOf({
      instruments: knowledge.instruments,
      assessments,
      observations: [],
      responses: [],
      now: '2026-04-01',
      windowDays: 90,
    })
    const sentences = current[0]!.fired.map((one) => sentenceOf(knowledge.ruleSet, 'ja', one))
    expect(sentences.find((one) => one.startsWith('C1'))).toContain('前回 3')
    expect(sentences.find((one) => one.startsWith('D2'))).toContain('Levis 2020')
  })
})
