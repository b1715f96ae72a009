import type { Observation } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { resultPrefixOf } from '../../src/score/identity.ts'
import type { History } from '../../src/trajectory/history.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { earlier, epds, infant, response, weights } from '../fixtures/responses.ts'

const AT = '2026-02-10T10:00:00+09:00'
const LOINC = 'http://loinc.org'
const loinc = (code: string) => ({ code: { coding: [{ system: LOINC, code }] } })
const resultOf = (value: string) => ({ identifier: [{ system: 'https://w3id.org/kizuna/fhir/sid/result', value }] })
const of = (id: string, more: Partial<Observation>): Observation => earlier('epds-total', 5, AT, { id, derivedFrom: [], ...more })

/** Values of her earlier EPDS totals, as her course has them. */
function valuesIn(history: History, given = epds(7)): number[] {
  const result = assess(knowledge, given, history)
  if (result.outcome === 'refused') throw new Error(JSON.stringify(result.issues))
  return result.trajectories.get('epds-total')!.earlier.map(({ value }) => value)
}

describe('totals of other systems', () => {
  test.each([
    { name: 'a Quantity under the LOINC of the total', one: of('x', loinc('99046-5')) },
    { name: 'under the panel code: accepted on reading', one: of('x', loinc('71354-5')) },
    { name: 'an integer', one: { ...of('x', loinc('99046-5')), valueQuantity: undefined, valueInteger: 5 } },
    { name: 'text, as older systems store it', one: { ...of('x', loinc('99046-5')), valueQuantity: undefined, valueString: ' 5 ' } },
    {
      name: 'a component of the panel',
      one: { ...of('x', loinc('71354-5')), valueQuantity: undefined, component: [{ ...loinc('99046-5'), valueInteger: 5 }] },
    },
    { name: 'effective as a period', one: { ...of('x', loinc('99046-5')), effectiveDateTime: undefined, effectivePeriod: { start: AT } } },
  ])('$name', ({ one }) => expect(valuesIn([JSON.parse(JSON.stringify(one))])).toEqual([5]))

  test.each([
    { name: 'half a point, which no option gives', one: { ...of('x', loinc('99046-5')), valueQuantity: { value: 5.5 } } },
    { name: 'text that is no number', one: { ...of('x', loinc('99046-5')), valueQuantity: undefined, valueString: '5 of 30' } },
    { name: 'a number that the scale cannot have', one: of('x', { ...loinc('99046-5'), valueQuantity: { value: 31 } }) },
    { name: 'another score', one: of('x', loinc('44261-6')) },
    { name: 'a draft', one: of('x', { ...loinc('99046-5'), status: 'preliminary' }) },
    { name: 'entered in error', one: of('x', { status: 'entered-in-error' }) },
    { name: 'of another woman', one: of('x', { subject: { reference: 'Patient/other' } }) },
    {
      name: 'of the same woman on another server',
      one: of('x', { subject: { reference: 'https://other.example/fhir/Patient/synthetic' } }),
      here: 'https://ehr.example/fhir/Patient/synthetic',
    },
  ])('none: $name', ({ one, here = 'Patient/synthetic' }) =>
    expect(valuesIn([JSON.parse(JSON.stringify(one))], epds(7, { subject: { reference: here } }))).toEqual([]),
  )
})

describe('one score for each response', () => {
  const ours = of('ours', resultOf('a.epds-total'))
  const fromQr = { derivedFrom: [{ reference: 'QuestionnaireResponse/old' }] }
  test.each([
    { name: 'copies of one result', history: [ours, { ...ours, id: 'copy' }] },
    { name: 'ours, and theirs of the same response', history: [{ ...ours, ...fromQr }, of('theirs', { ...loinc('99046-5'), ...fromQr })] },
    { name: 'theirs first', history: [of('theirs', { ...loinc('99046-5'), ...fromQr }), { ...ours, ...fromQr }] },
    { name: 'ours, and theirs at the same time with the same value', history: [ours, of('theirs', loinc('99046-5'))] },
    { name: 'their total and their panel', history: [of('total', loinc('99046-5')), of('panel', loinc('71354-5'))] },
    {
      name: 'two responses',
      history: [ours, of('other', { ...resultOf('b.epds-total'), effectiveDateTime: '2026-02-20T10:00:00+09:00' })],
      count: 2,
    },
  ])('$name', ({ history, count = 1 }) => expect(valuesIn(history)).toHaveLength(count))
})

describe('what became of it since', () => {
  const at = (lastUpdated: string) => ({ meta: { lastUpdated } })
  const [old, fresh] = [at('2026-02-10T02:00:00Z'), at('2026-02-12T02:00:00Z')]
  test.each([
    {
      name: 'amended: the newest version',
      history: [of('x', old), of('x', { ...fresh, status: 'amended', valueQuantity: { value: 9 } })],
      is: [9],
    },
    { name: 'in whatever order', history: [of('x', { ...fresh, status: 'amended', valueQuantity: { value: 9 } }), of('x', old)], is: [9] },
    { name: 'entered in error', history: [of('x', old), of('x', { ...fresh, status: 'entered-in-error' })], is: [] },
    { name: 'entered in error, told first', history: [of('x', { ...fresh, status: 'entered-in-error' }), of('x', old)], is: [] },
    { name: 'without times the later line is the newer', history: [of('x', {}), of('x', { valueQuantity: { value: 8 } })], is: [8] },
  ])('$name', ({ history, is }) => expect(valuesIn(history)).toEqual(is))
})

test('one child under two names is one series', () => {
  const linked = { ...infant('2026-01-01'), link: [{ other: { reference: 'RelatedPerson/child' }, type: 'seealso' as const }] }
  const child = {
    resourceType: 'RelatedPerson' as const,
    id: 'child',
    patient: { reference: 'Patient/synthetic' },
    birthDate: '2026-01-01',
  }
  const about = (reference: string) => ({
    extension: [{ url: 'https://w3id.org/kizuna/fhir/StructureDefinition/infant', valueReference: { reference } }],
  })
  const given = response('mibs-j', weights('0000000000'), about('RelatedPerson/child'))
  const before = earlier('mibs-j-ar', 1, AT, about('Patient/infant'))
  const courseIn = (history: History) => {
    const result = assess(knowledge, given, history)
    return result.outcome === 'refused' ? [] : result.trajectories.get('mibs-j-ar')!.earlier
  }
  expect([courseIn([child, linked, before]).length, courseIn([child, infant('2026-01-01'), before]).length]).toEqual([1, 0])
})

describe('an older response that comes late', () => {
  const later = earlier('epds-total', 9, '2026-04-20T10:00:00+09:00', { id: 'later', ...resultOf('later.epds-total') })
  const noticeOf = (given = epds(7), history: History = [later]): string[] =>
    assess(knowledge, given, history)
      .issues.map(({ diagnostics }) => diagnostics)
      .filter((text) => text.includes('rescore'))

  test('says whose baseline changes', () =>
    expect(noticeOf()).toEqual([expect.stringContaining('the baseline of Observation/later changes')]))
  test.each([
    { name: 'nothing later', given: epds(7), history: [] },
    {
      name: 'another wording: in no baseline',
      given: epds(7, { language: 'ja' }),
      history: [{ ...later, extension: [{ url: 'https://w3id.org/kizuna/fhir/StructureDefinition/response-language', valueCode: 'en' }] }],
    },
    { name: 'incomplete: in no baseline', given: response('epds', weights('111')), history: [later] },
    { name: 'unfinished', given: epds(7, { status: 'in-progress' }), history: [later] },
    { name: 'answered by another', given: epds(7, { source: { reference: 'RelatedPerson/partner' } }), history: [later] },
  ])('not: $name', ({ given, history }) => expect(noticeOf(given, history)).toEqual([]))

  const own = earlier('epds-total', 7, epds(7).authored!, {
    id: 'own',
    ...resultOf(`${resultPrefixOf('QuestionnaireResponse/response-1')}.epds-total`),
  })
  test('written before with the same number: nothing changes now', () => {
    expect(noticeOf(epds(7), [later, own])).toEqual([])
    expect(noticeOf(epds(8, { status: 'amended' }), [later, own])).toHaveLength(1)
    expect(noticeOf(epds(7, { status: 'entered-in-error' }), [later, own])).toHaveLength(1)
    expect(noticeOf(epds(7, { status: 'entered-in-error' }), [later, { ...own, status: 'entered-in-error' }])).toEqual([])
  })
})

test('a due date two weeks past without a birth: asks', () => {
  const due = {
    resourceType: 'Observation' as const,
    id: 'due',
    status: 'final' as const,
    ...loinc('11778-8'),
    subject: { reference: 'Patient/synthetic' },
    valueDateTime: '2026-03-01',
  }
  expect(assess(knowledge, epds(3), [due]).issues.map(({ diagnostics }) => diagnostics)).toContainEqual(
    expect.stringContaining('Ask whether the baby is born, and record it'),
  )
})
