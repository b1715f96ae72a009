import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf } from '../../src/emit.ts'
import { summaryOf } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideAnswers, outsideForm } from '../fixtures/outside-forms.ts'

const ITEMS = ['a', 'b', 'c']
const PLAIN = "%resource.item.where(linkId='a').answer.value.ordinal() + %resource.item.where(linkId='b').answer.value.ordinal()"
const form = (expression = '%resource.item.answer.value.ordinal().sum()') => outsideForm({ items: ITEMS, expression })
const summary = (letters: string, questionnaire = form(), more = {}) =>
  summaryOf(assess({ ...knowledge, forms: [questionnaire] }, outsideAnswers(ITEMS, letters, more)), 1)

describe('a form with weights but no instrument: its declared totals by its own weights', () => {
  test('the sum, no tier, no rules', () => {
    expect(summary('abd')).toMatchObject({
      outcome: 'scored',
      instrument: 'generic',
      version: '3',
      binding: 'generic',
      scores: { 'generic-total': { state: 'complete', value: 4 } },
      tier: 'none',
      rules: [],
      open: [],
    })
  })

  test.each([
    ['one missing: bounds', 'ab_', { state: 'incomplete', lower: 1, upper: 4, answered: 2, of: 3 }],
    ['blank: no number', '___', { state: 'incomplete', lower: 0, upper: 9, answered: 0, of: 3 }],
  ])('%s', (_name, letters, score) => {
    expect(summary(letters)).toMatchObject({ outcome: 'incomplete', scores: { 'generic-total': score } })
  })

  test('only the items that the total names', () => {
    expect(summary('bbd', form(PLAIN)).scores['generic-total']).toEqual({ state: 'complete', value: 2 })
  })

  test('the weight belongs to the option of its item: one shared list of codes, printed in two orders, is not scored by position', () => {
    const reversed = outsideForm({
      items: ITEMS,
      weightsOf: (linkId) => (linkId === 'b' ? [3, 2, 1, 0] : [0, 1, 2, 3]),
      expression: '%resource.item.answer.value.weight().sum()',
    })
    expect(summary('aaa', reversed).scores['generic-total']).toEqual({ state: 'complete', value: 3 })
    expect(summary('dad', reversed).scores['generic-total']).toEqual({ state: 'complete', value: 9 })
  })

  test('an option without a weight leaves the total open', () => {
    const declining = form()
    declining.item![0]!.answerOption!.push({ valueCoding: { system: 'https://example.org/answers', code: 'z' } })
    expect(summary('zbd', declining).scores['generic-total']).toMatchObject({ state: 'incomplete', lower: 4, upper: 7 })
  })

  test('a total that came along is checked', () => {
    const given = outsideAnswers(ITEMS, 'abd')
    const item = [...given.item!, { linkId: 'total', answer: [{ valueDecimal: 9 }] }]
    expect(summary('abd', form(), { item }).issues).toContainEqual(expect.objectContaining({ severity: 'warning', code: 'invariant' }))
  })

  test.each([
    ['a mean', '%resource.item.answer.value.ordinal().sum() / 3'],
    ['a weighted sum', `${PLAIN} * 2`],
    ['a difference', "10 - %resource.item.where(linkId='a').answer.value.ordinal()"],
    ['an average by name', '%resource.item.answer.value.ordinal().avg()'],
    ['a foreign item', "%resource.item.where(linkId='nope').answer.value.ordinal()"],
    ['a constant added', '%resource.item.answer.value.ordinal().sum() + 100'],
  ])('%s is not computed', (_name, expression) => {
    expect(summary('abd', form(expression))).toMatchObject({ outcome: 'refused', issues: [{ code: 'not-supported' }] })
  })

  test.each([
    ['no total', outsideForm({ items: ITEMS }), 'declares no total'],
    ['no weights', outsideForm({ items: ITEMS, placement: 'none', expression: PLAIN }), 'gives no weights'],
  ])('%s: refused with the reason', (_name, questionnaire, reason) => {
    expect(summary('abd', questionnaire).issues[0]).toMatchObject({ code: 'not-supported', diagnostics: expect.stringContaining(reason) })
  })

  test('an unknown code is refused, whatever weight the answer claims', () => {
    const given = outsideAnswers(ITEMS, 'abx')
    given.item![2]!.answer![0]!.extension = [{ url: 'http://hl7.org/fhir/StructureDefinition/ordinalValue', valueDecimal: 3 }]
    expect(summary('abx', form(), { item: given.item })).toMatchObject({ outcome: 'refused', issues: [{ code: 'code-invalid' }] })
  })

  test('what is written: the total, and where it comes from; no panel, no RiskAssessment', () => {
    const all = { ...knowledge, forms: [form()] }
    const bundle = bundleOf(all, assess(all, outsideAnswers(ITEMS, 'abd')), { recorded: '2026-04-01T00:00:00Z' })
    const resources = bundle.resourceType === 'Bundle' ? (bundle.entry ?? []).map(({ resource }) => resource!) : []
    expect(resources.map(({ resourceType }) => resourceType)).toEqual(['Observation', 'Provenance'])
    expect(resources[0]).toMatchObject({ valueQuantity: { value: 4 }, code: { text: 'Total' } })
    expect(resources.flatMap((resource) => knowledge.check(resource)).filter(({ severity }) => severity === 'error')).toEqual([])
  })
})
