import type { QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { summaryOf } from '../../src/summary.ts'
import type { History } from '../../src/trajectory/history.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { earlier, epds, infant, response, weights } from '../fixtures/responses.ts'

const summary = (given: unknown, history: History = []) => summaryOf(assess(knowledge, given, history), 1)
const positive = response('epds', weights('0000000002'))
const without = (key: keyof QuestionnaireResponse) => Object.fromEntries(Object.entries(positive).filter(([name]) => name !== key))
const item10 = (answer: unknown) => ({ linkId: 'epds-10', answer })

describe('a positive safety answer speaks from a response that is refused', () => {
  test.each([
    { name: 'no subject', given: without('subject'), code: 'required' },
    { name: 'no authored', given: without('authored'), code: 'required' },
    { name: 'no status', given: without('status'), code: 'required' },
    { name: 'no questionnaire', given: without('questionnaire'), code: 'not-supported' },
    {
      name: 'unknown version',
      given: { ...positive, questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|9.9.9' },
      code: 'not-supported',
    },
    {
      name: 'unversioned',
      given: { ...positive, questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/epds' },
      code: 'not-supported',
    },
    {
      name: 'a foreign questionnaire',
      given: { ...positive, questionnaire: 'https://example.org/Questionnaire/x|1' },
      code: 'not-supported',
    },
    { name: 'an unknown linkId beside it', given: { ...positive, item: [...positive.item!, { linkId: 'epds-11' }] }, code: 'code-invalid' },
    { name: 'an item twice', given: { ...positive, item: [...positive.item!, positive.item![0]] }, code: 'duplicate' },
    {
      name: 'a modifier extension',
      given: { ...positive, modifierExtension: [{ url: 'urn:x', valueBoolean: true }] },
      code: 'not-supported',
    },
    {
      name: 'a modifier extension on an item',
      given: { ...positive, item: positive.item!.map((item) => ({ ...item, modifierExtension: [{ url: 'urn:x', valueBoolean: true }] })) },
      code: 'not-supported',
    },
    {
      name: 'nested where it does not belong',
      given: { ...positive, item: [{ linkId: 'page-2', item: [positive.item![9]] }] },
      code: 'code-invalid',
    },
    {
      name: 'another code system',
      given: { ...positive, item: [item10([{ valueCoding: { system: 'urn:other', code: 'epds-10-b' } }])] },
      code: 'code-invalid',
    },
    {
      name: 'two answers to item 10: the higher counts',
      given: { ...positive, item: [item10([{ valueCoding: { code: 'epds-10-d' } }, { valueCoding: { code: 'epds-10-a' } }])] },
      code: 'duplicate',
    },
    { name: 'another status', given: { ...positive, status: 'done' }, code: 'value' },
    {
      name: 'another instrument altogether',
      given: { ...positive, questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/mibs-j|1.0.0' },
      code: 'code-invalid',
    },
    { name: 'over 1 MiB', given: { ...positive, text: { status: 'generated', div: 'x'.repeat(1_100_000) } }, code: 'too-long' },
  ])('$name', ({ given, code }) => {
    const line = summary(given)
    expect(line).toMatchObject({ outcome: 'refused', tier: 'immediate', scores: {} })
    expect(line.rules).toEqual([expect.objectContaining({ id: 'S1', verdict: 'fired' })])
    expect(line.issues[0]).toMatchObject({ severity: 'warning', code: 'business-rule', diagnostics: expect.stringContaining('S1') })
    expect(line.issues.slice(1).map((issue) => issue.code)).toContain(code)
  })

  test.each([
    { name: 'PHQ-9 by linkId and LOINC code', item: [{ linkId: '/44260-8', answer: [{ valueCoding: { code: 'LA6569-3' } }] }], id: 'S2' },
    { name: 'PBQ by linkId and shared code', item: [{ linkId: 'pbq-24', answer: [{ valueCoding: { code: 'pbq-c' } }] }], id: 'S3' },
  ])('$name', ({ item, id }) => {
    expect(summary({ ...positive, questionnaire: 'https://example.org/x|1', item }).rules.map((rule) => rule.id)).toEqual([id])
  })

  test.each([
    { name: 'a bare integer says nothing', item: [item10([{ valueInteger: 3 }])] },
    { name: 'zero says nothing', item: [item10([{ valueCoding: { code: 'epds-10-d' } }])] },
    { name: 'a shared code under another item says nothing', item: [{ linkId: 'pbq-1', answer: [{ valueCoding: { code: 'pbq-a' } }] }] },
  ])('$name', ({ item }) => {
    expect(summary({ ...positive, questionnaire: 'https://example.org/x|1', item })).toMatchObject({
      outcome: 'refused',
      tier: 'none',
      rules: [],
    })
  })

  test('what was entered in error says nothing', () => {
    expect(summary({ ...without('authored'), status: 'entered-in-error' })).toMatchObject({ outcome: 'refused', tier: 'none', rules: [] })
  })
})

describe('the infant as subject is refused', () => {
  test.each([
    {
      name: 'by the infant extension',
      given: {
        ...positive,
        extension: [{ url: 'https://w3id.org/kizuna/fhir/StructureDefinition/infant', valueReference: { reference: 'Patient/synthetic' } }],
      },
      history: [],
    },
    { name: 'by a birth date in the history', given: positive, history: [infant('2026-03-01', 'synthetic')] },
  ])('$name', ({ given, history }) => {
    const line = summary(given, history)
    expect(line).toMatchObject({ outcome: 'refused', tier: 'immediate' })
    expect(line.issues).toContainEqual(expect.objectContaining({ code: 'value', expression: 'QuestionnaireResponse.subject' }))
  })
})

test.each([
  ['a Group', { reference: 'Group/women' }],
  ['a RelatedPerson', { reference: 'RelatedPerson/mother' }],
  ['nobody', { display: 'Mother' }],
])('a subject that is %s is refused', (_name, subject) => {
  expect(summary({ ...epds(3), subject }).issues).toContainEqual(
    expect.objectContaining({ code: 'value', expression: 'QuestionnaireResponse.subject' }),
  )
})

test("another woman's scores are no baseline", () => {
  const hers = earlier('epds-total', 0, '2026-01-01')
  const other = { ...hers, subject: { reference: 'Patient/other' } }
  expect(summary(epds(9), [other]).rules.find(({ id }) => id === 'C1')?.verdict).toBe('not-evaluated')
  expect(summary(epds(9), [hers]).rules.find(({ id }) => id === 'C1')?.verdict).toBe('fired')
})

test.each([
  ['the same server', 'http://a.example/fhir/Patient/synthetic', 'fired'],
  ['a relative reference', 'Patient/synthetic', 'fired'],
  ['a version of her', 'http://a.example/fhir/Patient/synthetic/_history/2', 'fired'],
  ['another server', 'http://b.example/fhir/Patient/synthetic', 'not-evaluated'],
])('Patient/synthetic of %s: her own scores or not', (_name, reference, verdict) => {
  const given = epds(9, { subject: { reference: 'http://a.example/fhir/Patient/synthetic' } })
  const line = summary(given, [earlier('epds-total', 0, '2026-01-01', { subject: { reference } })])
  expect(line.rules.find(({ id }) => id === 'C1')?.verdict).toBe(verdict)
})

describe('a total that came with the form is checked, never used', () => {
  const withTotal = (answer: object, items = weights('1110000000')) => {
    const form = response('epds', items)
    return { ...form, item: [...form.item!, { linkId: 'epds-total', answer: [answer] }] }
  }
  test.each([
    { name: 'the same', answer: { valueInteger: 3 }, issues: 0 },
    { name: 'the same as decimal', answer: { valueDecimal: 3 }, issues: 0 },
    { name: 'the same as Quantity', answer: { valueQuantity: { value: 3 } }, issues: 0 },
    { name: 'another', answer: { valueInteger: 12 }, issues: 1 },
  ])('$name', ({ answer, issues }) => {
    const line = summary(withTotal(answer))
    expect(line.scores['epds-total']).toEqual({ state: 'complete', value: 3 })
    expect(line.issues.filter(({ code }) => code === 'invariant')).toHaveLength(issues)
  })

  test.each([
    { name: 'a string', answer: { valueString: '3' } },
    { name: 'above the range', answer: { valueInteger: 31 } },
    { name: 'below the range', answer: { valueInteger: -1 } },
  ])('$name is refused', ({ answer }) => {
    expect(summary(withTotal(answer))).toMatchObject({ outcome: 'refused', issues: [{ code: 'value' }] })
  })

  test.each([
    { name: 'within the bounds of an incomplete score', total: 5, issues: 0 },
    { name: 'outside of them', total: 6, issues: 1 },
  ])('$name', ({ total, issues }) => {
    const line = summary(withTotal({ valueInteger: total }, weights('_110000000')))
    expect(line.scores['epds-total']).toMatchObject({ state: 'incomplete', lower: 2, upper: 5 })
    expect(line.issues.filter(({ code }) => code === 'invariant')).toHaveLength(issues)
  })
})

describe('a declined item', () => {
  const REASON = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
  const declined = { extension: [{ url: REASON, valueCode: 'asked-declined' }] }
  test.each([
    { name: 'on the answer', answer: declined },
    { name: 'on the coding', answer: { valueCoding: declined } },
    {
      name: 'as the coding',
      answer: { valueCoding: { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'asked-declined' } },
    },
  ])('$name is unanswered', ({ answer }) => {
    const form = epds(3)
    const line = summary({ ...form, item: form.item!.map((item) => (item.linkId === 'epds-10' ? { ...item, answer: [answer] } : item)) })
    expect(line).toMatchObject({ outcome: 'incomplete', tier: 'open', open: [{ id: 'S4', rule: 'S1', items: ['epds-10'] }] })
  })
})
