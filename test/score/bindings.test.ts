import type { QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { summaryOf } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { ITEM_WEIGHT, outsideAnswers, outsideForm, outsideResponse, WEIGHT } from '../fixtures/outside-forms.ts'
import { instrument } from '../fixtures/responses.ts'

const summary = (given: unknown, forms = knowledge.forms) => summaryOf(assess({ ...knowledge, ...(forms && { forms }) }, given), 1)
const codesOf = ({ issues }: ReturnType<typeof summary>) => issues.map(({ severity, code }) => `${severity} ${code}`)
const reasons = (line: ReturnType<typeof summary>) => line.issues.filter(({ severity }) => severity === 'error')

const PHQ9 = instrument('phq-9')
  .items.filter(({ scored }) => scored !== false)
  .map(({ linkId }) => linkId)

describe('published forms, as they are', () => {
  test.each([
    { name: 'us-core-phq-9', binding: 'loinc-phq-9', total: 12, tier: 'assess', given: 'agrees', status: undefined },
    { name: 'lhc-forms-phq-9', binding: 'loinc-phq-9', total: 12, tier: 'assess', given: 'agrees', status: 'unverified' },
    { name: 'sdc-phq-9', binding: 'sdc-phq-9', total: 10, tier: 'immediate', given: 'contradicts', status: 'unverified' },
    { name: 'mii-pro-phq-9', binding: 'mii-pro-phq-9', total: 27, tier: 'immediate', given: 'agrees', status: 'unverified' },
    { name: 'mii-pro-phq-9-2026-5', binding: 'mii-pro-phq-9', total: 8, tier: 'immediate', given: 'agrees', status: 'unverified' },
    { name: 'kl-children-epds', binding: 'kl-children-epds', total: 6, tier: 'routine', given: 'contradicts', status: 'unverified' },
  ])('$name', ({ name, binding, total, tier, given, status }) => {
    const line = summary(outsideResponse(name))
    expect(line).toMatchObject({ outcome: 'scored', binding, tier })
    expect(line.scores[`${line.instrument}-total`]).toEqual({ state: 'complete', value: total })
    expect(codesOf(line).includes('warning invariant')).toBe(given === 'contradicts')
    expect(line.issues.some(({ diagnostics }) => diagnostics.includes(`text status ${status}`))).toBe(status !== undefined)
  })

  test('a relative reference is said', () => {
    expect(summary(outsideResponse('mii-pro-phq-9')).issues).toContainEqual(
      expect.objectContaining({ severity: 'warning', diagnostics: expect.stringContaining('relative reference') }),
    )
  })

  test('a total that cannot be is refused; the answers still speak', () => {
    const danish = outsideResponse('kl-children-epds')
    const item = danish.item!.map((one) => (one.linkId === '2happiness' ? { ...one, answer: [{ valueInteger: 7 }] } : one))
    expect(reasons(summary({ ...danish, item }))).toEqual([
      expect.objectContaining({
        code: 'value',
        expression: 'QuestionnaireResponse.item[1].answer[0]',
        diagnostics: '2happiness takes 0, 1, 2, 3',
      }),
    ])
    const harm = item.map((one) => (one.linkId === '10harm' ? { ...one, answer: [{ valueInteger: 1 }] } : one))
    expect(summary({ ...danish, item: harm })).toMatchObject({
      outcome: 'refused',
      instrument: 'epds',
      tier: 'immediate',
      rules: [{ id: 'S1' }],
    })
  })
})

const loinc = (more: Partial<QuestionnaireResponse> = {}, weights = '210012310'): QuestionnaireResponse => ({
  ...outsideAnswers(PHQ9, '', more),
  item: PHQ9.map((linkId, index) => ({ linkId, ...answered(Number(weights[index]), weights[index] === '_') })),
  ...more,
})
const LA = ['LA6568-5', 'LA6569-3', 'LA6570-1', 'LA6571-9']
const answered = (weight: number, isOpen = false): Partial<QuestionnaireResponseItem> =>
  isOpen ? {} : { answer: [{ valueCoding: { system: 'http://loinc.org', code: LA[weight]! } }] }

describe('a form known only by the codes of its items', () => {
  test.each([
    { name: 'linkIds as LOINC codes', given: loinc() },
    { name: 'no questionnaire at all', given: (({ questionnaire: _q, ...rest }) => rest)(loinc()) },
    { name: 'without a version', given: loinc({ questionnaire: 'https://example.org/Questionnaire/ours' }) },
    { name: 'unanswered items count as there', given: loinc({}, '21_012310'), state: 'incomplete' },
  ])('$name', ({ given, state = 'complete' }) => {
    const line = summary(given)
    expect(line).toMatchObject({ instrument: 'phq-9', binding: 'loinc-phq-9', scores: { 'phq-9-total': { state } } })
    expect(line.issues).toContainEqual(
      expect.objectContaining({ severity: 'warning', diagnostics: expect.stringContaining('codes of its items') }),
    )
  })

  test('its definition says which item is which, and the rest is passed over', () => {
    const items = PHQ9.map((_one, index) => `q${index + 1}`)
    const form = outsideForm({ items: [...items, 'other'], codes: (linkId) => PHQ9[items.indexOf(linkId)]?.slice(1) })
    const given = outsideAnswers([...items, 'other'], 'aaaaaaaaba')
    for (const [name, response, forms] of [
      ['given along', given, [form]],
      ['contained', { ...given, contained: [form], questionnaire: '#outside' }, undefined],
      ['by a relative reference', { ...given, questionnaire: 'Questionnaire/outside' }, [form]],
    ] as const)
      expect(summary(response, forms), name).toMatchObject({
        outcome: 'scored',
        binding: 'loinc-phq-9',
        tier: 'immediate',
        scores: { 'phq-9-total': { value: 1 } },
      })
  })

  test('some of the items are not enough: a shorter form has the same', () => {
    const line = summary(loinc({ item: loinc().item!.slice(0, 2) }))
    expect(reasons(line)).toEqual([expect.objectContaining({ code: 'not-supported', diagnostics: expect.stringContaining('phq-9') })])
  })

  test('our own canonical in an unknown version stays refused', () => {
    const line = summary(loinc({ questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/phq-9|9.9.9' }))
    expect(reasons(line)).toEqual([expect.objectContaining({ code: 'not-supported' })])
  })
})

describe('weights in any of the four places, under either name', () => {
  const items = PHQ9.map((_one, index) => `q${index + 1}`)
  const codes = (linkId: string) => PHQ9[items.indexOf(linkId)]?.slice(1)
  const given = outsideAnswers(items, 'dcbaabcda')
  const withExtension = (where: 'answer' | 'coding', url: string): QuestionnaireResponse => ({
    ...given,
    item: given.item!.map((item) => {
      const coding = item.answer![0]!.valueCoding!
      const extension = [{ url, valueDecimal: 'abcd'.indexOf(coding.code!) }]
      return { ...item, answer: [where === 'answer' ? { extension, valueCoding: coding } : { valueCoding: { ...coding, extension } }] }
    }),
  })
  test.each([WEIGHT, ITEM_WEIGHT])('%s', (weight) => {
    const bare = outsideForm({ items, codes, placement: 'none' })
    const places = [
      summary(given, [outsideForm({ items, codes, weight, placement: 'option' })]),
      summary(given, [outsideForm({ items, codes, weight, placement: 'coding' })]),
      summary(withExtension('answer', weight), [bare]),
      summary(withExtension('coding', weight), [bare]),
    ]
    expect(places.map(({ scores }) => scores['phq-9-total'])).toEqual(Array(4).fill({ state: 'complete', value: 12 }))
    expect(reasons(summary(given, [bare]))[0]).toMatchObject({ code: 'code-invalid' })
  })

  test('a weight that contradicts the code is refused', () => {
    const item = loinc().item!.map((one, index) =>
      index === 0 ? { ...one, answer: [{ extension: [{ url: WEIGHT, valueDecimal: 0 }], ...one.answer![0]! }] } : one,
    )
    expect(reasons(summary(loinc({ item })))).toEqual([
      expect.objectContaining({ code: 'value', diagnostics: expect.stringContaining('contradict') }),
    ])
  })

  test.each([
    { name: 'an integer', answer: { valueInteger: 2 }, code: 'value' },
    { name: 'a string', answer: { valueString: 'Several days' }, code: 'value' },
    { name: 'a code of another list', answer: { valueCoding: { system: 'http://loinc.org', code: 'LA6573-5' } }, code: 'code-invalid' },
    {
      name: 'a code of another list, whatever weight it carries',
      answer: { valueCoding: { system: 'http://loinc.org', code: 'LA6573-5', extension: [{ url: WEIGHT, valueDecimal: 1 }] } },
      code: 'code-invalid',
    },
    { name: 'a code without a system', answer: { valueCoding: { code: 'LA6569-3' } }, code: 'code-invalid' },
  ])('$name, where the binding does not say so: refused', ({ answer, code }) => {
    const item = loinc().item!.map((one, index) => (index === 4 ? { ...one, answer: [answer] } : one))
    expect(reasons(summary(loinc({ item })))).toEqual([expect.objectContaining({ code })])
  })
})

describe('safety answers of other forms speak though the form is refused', () => {
  const broken = { subject: undefined }
  test.each([
    { name: 'an integer, where the binding says so', given: { ...danishHarm(1), ...broken }, rules: ['S1'] },
    { name: 'a number over the highest', given: danishHarm(9), rules: ['S1'] },
    { name: 'zero says nothing', given: { ...danishHarm(0), ...broken }, rules: [] },
    { name: 'an integer without its canonical says nothing', given: { ...danishHarm(1), questionnaire: undefined }, rules: [] },
    { name: 'a nested group', given: { ...outsideResponse('sdc-phq-9'), ...broken }, rules: ['S2'] },
    { name: 'a code without a system', given: { ...outsideResponse('mii-pro-phq-9'), ...broken }, rules: ['S2'] },
    {
      name: 'a linkId of a binding with a code of the list, whatever the canonical',
      given: { ...outsideResponse('mii-pro-phq-9'), questionnaire: 'https://example.org/x|1' },
      rules: ['S2'],
    },
    { name: 'LOINC', given: { ...loinc({}, '000000001'), ...broken }, rules: ['S2'] },
  ])('$name', ({ given, rules }) => {
    const line = summary(given)
    expect([line.outcome, line.rules.map(({ id }) => id)]).toEqual(['refused', rules])
  })

  function danishHarm(value: number): QuestionnaireResponse {
    const danish = outsideResponse('kl-children-epds')
    return { ...danish, item: danish.item!.map((one) => (one.linkId === '10harm' ? { ...one, answer: [{ valueInteger: value }] } : one)) }
  }
})

describe('the shape of later versions of FHIR', () => {
  const [one, two] = [
    { system: 'urn:a', value: '1', use: 'old' as const },
    { system: 'urn:b', value: '2' },
  ]
  test('R5 has a list of identifiers: the first complete one that is not old names the response', () => {
    const result = assess(knowledge, { ...loinc(), identifier: [one, two] })
    expect(result.outcome === 'refused' ? undefined : result.context.identity).toBe('urn:b|2')
    expect(result.issues).toContainEqual(expect.objectContaining({ severity: 'warning', expression: 'QuestionnaireResponse.identifier' }))
  })
  test('its only identifier is the same as R4 has it', () => {
    const identityOf = (identifier: unknown) => {
      const result = assess(knowledge, { ...loinc(), identifier })
      return result.outcome === 'refused' ? undefined : result.context.identity
    }
    expect(identityOf([two])).toBe(identityOf(two))
  })
  test('what R5 changed otherwise is refused with its place', () => {
    expect(reasons(summary({ ...loinc(), item: [{ linkId: '/44250-9', answer: [{ value: LA[0] }] }] })).length).toBeGreaterThan(0)
  })
})

describe('a definition that is not what it should be is no definition', () => {
  test.each([
    { item: 'x' },
    { item: [null] },
    { item: [{ linkId: 7 }] },
    { item: [{ linkId: 'a', extension: {} }] },
    { item: [{ linkId: 'a', answerOption: [{ valueCoding: 'x' }] }] },
    { extension: [null] },
    { contained: 'x' },
  ])('%j', (broken) => {
    const contained = [{ resourceType: 'Questionnaire', id: 'outside', ...broken }]
    expect(summary({ ...loinc(), questionnaire: '#outside', contained }).outcome).toBe('refused')
  })
})
