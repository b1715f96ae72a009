import type { QuestionnaireResponse } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import type { Site } from '../../src/risk/knowledge.ts'
import { summaryOf } from '../../src/summary.ts'
import type { History } from '../../src/trajectory/history.ts'
import { withSite } from '../fixtures/knowledge.ts'
import { _, delivery, dueDate, earlier, epds, infant, response, summing, weights } from '../fixtures/responses.ts'

interface Case {
  name: string
  given: QuestionnaireResponse
  history?: History
  site?: Partial<Site>
  /** Rules that fire, in order. */
  fired: string[]
  tier: string
  /** Verdicts of rules that do not fire, where the case is about them. */
  not?: Record<string, 'not-fired' | 'not-evaluated'>
}

/** A response written so many days after a birth on 2026-03-01. */
const BIRTH = '2026-03-01'
const onDay = (day: number): string =>
  `${new Date(Date.parse(`${BIRTH}T00:00:00Z`) + day * 86_400_000).toISOString().slice(0, 10)}T10:00:00+09:00`
const born = [infant(BIRTH)]
const mibs = (total: number, more: Partial<QuestionnaireResponse> = {}) => response('mibs-j', summing(total, 10, 1, [3, 5, 7, 9]), more)
const INFANT_EXTENSION = 'https://w3id.org/kizuna/fhir/StructureDefinition/infant'
const LANGUAGE_EXTENSION = 'https://w3id.org/kizuna/fhir/StructureDefinition/response-language'
const about = (id: string) => ({ extension: [{ url: INFANT_EXTENSION, valueReference: { reference: `Patient/${id}` } }] })
const threshold = (cut: number) => ({ referenceRange: [{ high: { value: cut - 1 } }] })
/** A MIBS-J whose anger and rejection items (2, 3, 5, 7) sum to this, no item above 1. */
function angry(ar: number): QuestionnaireResponse {
  const [two, three, five, seven] = summing(ar, 4, 1)
  return response('mibs-j', [0, two, three, 0, five, 0, seven, 0, 0, 0], { authored: onDay(120) })
}
const pbq = (over: Record<number, number | undefined>) =>
  response(
    'pbq',
    Array.from({ length: 25 }, (_none, index) => (index + 1 in over ? over[index + 1] : 0)),
  )
const soothing = (code: string, authored: string, more: Partial<QuestionnaireResponse> = {}): QuestionnaireResponse => ({
  resourceType: 'QuestionnaireResponse',
  id: 'soothing',
  questionnaire: 'https://w3id.org/kizuna/fhir/Questionnaire/infant-temperament|1.0.0',
  status: 'completed',
  subject: { reference: 'Patient/synthetic' },
  authored,
  item: [
    {
      linkId: 'infant-temperament-1',
      answer: [
        {
          valueCoding: { system: 'https://w3id.org/kizuna/fhir/CodeSystem/answer-infant-temperament', code: `infant-temperament-${code}` },
        },
      ],
    },
  ],
  ...more,
})

const CASES: Record<string, Case[]> = {
  'S1, S4: EPDS item 10': [
    { name: 'zero clears nothing, fires nothing', given: epds(3), fired: [], tier: 'routine', not: { S1: 'not-fired', S4: 'not-fired' } },
    { name: 'one is immediate', given: response('epds', weights('0000000001')), fired: ['S1'], tier: 'immediate' },
    { name: 'three is immediate', given: response('epds', weights('0000000003')), fired: ['S1'], tier: 'immediate' },
    {
      name: 'on an unfinished form',
      given: response('epds', weights('_________2'), { status: 'in-progress' }),
      fired: ['S1', 'X1', 'X1', 'X1'],
      tier: 'immediate',
    },
    {
      name: 'unanswered is open',
      given: response('epds', weights('000000000_')),
      fired: ['S4'],
      tier: 'open',
      not: { S1: 'not-evaluated' },
    },
    {
      name: 'unanswered does not lower priority',
      given: response('epds', weights('333330000_')),
      fired: ['S4', 'D1', 'D2'],
      tier: 'priority',
    },
    {
      name: 'answered by another: still immediate',
      given: response('epds', weights('0000000001'), { source: { reference: 'RelatedPerson/father' } }),
      fired: ['S1'],
      tier: 'immediate',
    },
    {
      name: 'an earlier version of this response raised it',
      given: response('epds', weights('0000000000'), { status: 'amended' }),
      history: [response('epds', weights('0000000002'))],
      fired: ['S1', 'N1'],
      tier: 'immediate',
    },
    {
      name: 'an earlier version entered in error raised nothing',
      given: epds(3, { status: 'amended' }),
      history: [response('epds', weights('0000000002'), { status: 'entered-in-error' })],
      fired: [],
      tier: 'routine',
    },
  ],
  'S2, S4: PHQ-9 item 9': [
    { name: 'one is immediate', given: response('phq-9', weights('000000001')), fired: ['S2'], tier: 'immediate' },
    { name: 'zero', given: response('phq-9', weights('100000000')), fired: [], tier: 'routine', not: { S2: 'not-fired' } },
    { name: 'unanswered is open', given: response('phq-9', weights('10000000_')), fired: ['S4'], tier: 'open' },
  ],
  'S3, S5: PBQ items 18 and 24': [
    { name: '18 at one', given: pbq({ 18: 1 }), fired: ['S3'], tier: 'immediate' },
    { name: '24 at five', given: pbq({ 24: 5 }), fired: ['S3'], tier: 'immediate' },
    { name: 'both zero', given: pbq({}), fired: [], tier: 'routine', not: { S3: 'not-fired', S5: 'not-fired' } },
    { name: '24 unanswered is open', given: pbq({ 24: _ }), fired: ['S5'], tier: 'open', not: { S3: 'not-evaluated' } },
    { name: '18 at one, 24 unanswered', given: pbq({ 18: 1, 24: _ }), fired: ['S3', 'S5'], tier: 'immediate' },
  ],
  'D1: EPDS at 13': [
    { name: '12', given: epds(12), fired: ['D2'], tier: 'assess', not: { D1: 'not-fired' } },
    { name: '13', given: epds(13), fired: ['D1', 'D2'], tier: 'priority' },
    { name: 'in pregnancy too', given: epds(13), history: [dueDate('2026-06-30')], fired: ['D1', 'D2'], tier: 'priority' },
    {
      name: 'bounds 12 to 15: open for D1, D2 fires',
      given: response('epds', weights('333300000_').with(4, _).with(9, 0)),
      fired: ['X1', 'D2'],
      tier: 'assess',
      not: { D1: 'not-evaluated' },
    },
    { name: 'bounds 13 to 16: certain', given: response('epds', weights('3333_00010').with(9, 0)), fired: ['D1', 'D2'], tier: 'priority' },
    {
      name: 'bounds 9 to 12: certainly not',
      given: response('epds', weights('3330_00000')),
      site: { thresholdPolicy: 'cox13' },
      fired: ['X1'],
      tier: 'open',
      not: { D1: 'not-fired', D2: 'not-fired' },
    },
  ],
  'D2, D5: the threshold in use': [
    { name: 'levis11 by default: 11', given: epds(11), fired: ['D2'], tier: 'assess' },
    { name: 'levis11 by default: 10 is watch', given: epds(10), fired: ['D5'], tier: 'watch', not: { D2: 'not-fired' } },
    { name: 'levis11 by default: 9', given: epds(9), fired: [], tier: 'routine', not: { D5: 'not-fired' } },
    { name: 'Japanese: jp9 at 9', given: epds(9, { language: 'ja-JP' }), fired: ['D2'], tier: 'assess' },
    {
      name: 'Japanese: jp9 at 8',
      given: epds(8, { language: 'ja' }),
      fired: [],
      tier: 'routine',
      not: { D2: 'not-fired', D5: 'not-fired' },
    },
    {
      name: 'Japanese with cox13: 9 is watch',
      given: epds(9, { language: 'ja' }),
      site: { thresholdPolicy: 'cox13' },
      fired: ['D5'],
      tier: 'watch',
    },
    { name: 'cox10: 10', given: epds(10), site: { thresholdPolicy: 'cox10' }, fired: ['D2'], tier: 'assess' },
    { name: 'cox10: 9', given: epds(9), site: { thresholdPolicy: 'cox10' }, fired: [], tier: 'routine' },
    { name: 'cox13: 12 is watch', given: epds(12), site: { thresholdPolicy: 'cox13' }, fired: ['D5'], tier: 'watch' },
    { name: 'cox13: 13', given: epds(13), site: { thresholdPolicy: 'cox13' }, fired: ['D1', 'D2'], tier: 'priority' },
    {
      name: 'blank form: nothing is known',
      given: response('epds', []),
      fired: ['S4', 'X1', 'X1', 'X1'],
      tier: 'open',
      not: { D1: 'not-evaluated', D2: 'not-evaluated', D5: 'not-evaluated' },
    },
  ],
  'D3, D4: PHQ-9': [
    { name: '9', given: response('phq-9', weights('333000000')), fired: [], tier: 'routine', not: { D3: 'not-fired' } },
    { name: '10', given: response('phq-9', weights('333100000')), fired: ['D3'], tier: 'assess' },
    { name: '19', given: response('phq-9', weights('333333100')), fired: ['D3'], tier: 'assess', not: { D4: 'not-fired' } },
    { name: '20', given: response('phq-9', weights('333333200')), fired: ['D3', 'D4'], tier: 'priority' },
    {
      name: 'bounds 8 to 11',
      given: response('phq-9', weights('3320000_0')),
      fired: ['X1'],
      tier: 'open',
      not: { D3: 'not-evaluated', D4: 'not-fired' },
    },
  ],
  'B1, B2, B6: PBQ factors': [
    { name: 'F2 12', given: pbq({ 3: 5, 4: 5, 5: 2 }), fired: [], tier: 'routine', not: { B1: 'not-fired' } },
    { name: 'F2 13', given: pbq({ 3: 5, 4: 5, 5: 3 }), fired: ['B1'], tier: 'priority' },
    { name: 'F1 11', given: pbq({ 1: 5, 2: 5, 6: 1 }), fired: [], tier: 'routine', not: { B2: 'not-fired' } },
    { name: 'F1 12', given: pbq({ 1: 5, 2: 5, 6: 2 }), fired: ['B2'], tier: 'assess' },
    { name: 'F3 9', given: pbq({ 19: 5, 20: 4 }), fired: [], tier: 'routine', not: { B6: 'not-fired' } },
    { name: 'F3 10', given: pbq({ 19: 5, 20: 5 }), fired: ['B6'], tier: 'watch' },
    {
      name: 'F3 undecided below B2: open is listed, assess stays',
      given: pbq({ 1: 5, 2: 5, 6: 2, 19: 5, 20: _ }),
      fired: ['B2', 'X1'],
      tier: 'assess',
    },
  ],
  'B3, B5: MIBS-J total by day': [
    {
      name: 'day 20: 5 is watch',
      given: mibs(5, { authored: onDay(20) }),
      history: born,
      fired: ['B5', 'H2'],
      tier: 'watch',
      not: { B3: 'not-fired' },
    },
    {
      name: 'day 21: 5',
      given: mibs(5, { authored: onDay(21) }),
      history: born,
      fired: ['B3', 'H2'],
      tier: 'assess',
      not: { B5: 'not-fired' },
    },
    { name: 'day 42: 5', given: mibs(5, { authored: onDay(42) }), history: born, fired: ['B3', 'H2'], tier: 'assess' },
    { name: 'day 43: 5 is watch', given: mibs(5, { authored: onDay(43) }), history: born, fired: ['B5', 'H2'], tier: 'watch' },
    { name: 'day 30: 4', given: mibs(4, { authored: onDay(30) }), history: born, fired: ['H2'], tier: 'routine', not: { B3: 'not-fired' } },
    {
      name: 'birth date unknown: watch, B3 not evaluated',
      given: mibs(5),
      fired: ['B5', 'H2'],
      tier: 'watch',
      not: { B3: 'not-evaluated' },
    },
    {
      name: 'a due date is no birth date',
      given: mibs(5),
      history: [dueDate('2026-03-05')],
      fired: ['B5', 'H2'],
      tier: 'watch',
      not: { B3: 'not-evaluated' },
    },
    {
      name: 'in pregnancy nothing holds',
      given: mibs(5),
      history: [dueDate('2026-06-30')],
      fired: ['H2'],
      tier: 'none',
      not: { B3: 'not-evaluated', B5: 'not-evaluated', B4: 'not-evaluated' },
    },
    {
      name: 'delivery at 23:30 in Tokyo is that day there',
      given: mibs(5, { authored: onDay(21) }),
      history: [delivery('2026-03-01T14:30:00Z')],
      fired: ['B3', 'H2'],
      tier: 'assess',
    },
    {
      name: 'delivery at 00:30 the next day in Tokyo: day 20',
      given: mibs(5, { authored: onDay(21) }),
      history: [delivery('2026-03-01T15:30:00Z')],
      fired: ['B5', 'H2'],
      tier: 'watch',
    },
  ],
  'B4: MIBS-J items': [
    ...[3, 5, 7, 9].map((item) => ({
      name: `item ${item} at 2`,
      given: response('mibs-j', weights('0000000000').with(item - 1, 2)),
      fired: item === 9 ? ['B4'] : ['B4', 'H2'],
      tier: 'assess',
    })),
    ...[2, 4].map((item) => ({
      name: `item ${item} at 2 is not read`,
      given: response('mibs-j', weights('0000000000').with(item - 1, 2)),
      fired: item === 4 ? [] : ['H2'],
      tier: 'routine',
    })),
    { name: 'item 5 at 1', given: response('mibs-j', weights('0000100000')), fired: ['H2'], tier: 'routine', not: { B4: 'not-fired' } },
    {
      name: 'item 9 unanswered: open',
      given: response('mibs-j', weights('00000000_0')),
      fired: ['X1'],
      tier: 'open',
      not: { B4: 'not-evaluated' },
    },
  ],
  'C1: EPDS against her own': [
    {
      name: '4 above the last',
      given: epds(7),
      history: [earlier('epds-total', 3, '2026-02-01T10:00:00+09:00')],
      fired: ['C1'],
      tier: 'watch',
    },
    {
      name: '3 above the last',
      given: epds(6),
      history: [earlier('epds-total', 3, '2026-02-01T10:00:00+09:00')],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-fired' },
    },
    {
      name: '4 above the mean of two, 3 above the last',
      given: epds(8),
      history: [earlier('epds-total', 3, '2026-01-01'), earlier('epds-total', 5, '2026-02-01')],
      fired: ['C1'],
      tier: 'watch',
    },
    {
      name: '3.5 above the mean of two',
      given: epds(8),
      history: [earlier('epds-total', 4, '2026-01-01'), earlier('epds-total', 5, '2026-02-01')],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-fired' },
    },
    {
      name: '7 days after the last',
      given: epds(9),
      history: [earlier('epds-total', 3, '2026-03-24T10:00:00+09:00')],
      fired: ['C1'],
      tier: 'watch',
    },
    {
      name: '6 days after the last',
      given: epds(9),
      history: [earlier('epds-total', 3, '2026-03-25T10:00:00+09:00')],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-fired' },
    },
    { name: 'no earlier score', given: epds(9), fired: [], tier: 'routine', not: { C1: 'not-evaluated' } },
    {
      name: 'a preliminary score is none',
      given: epds(9),
      history: [earlier('epds-total', 3, '2026-02-01', { status: 'preliminary' })],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-evaluated' },
    },
    {
      name: 'another language is another series',
      given: epds(9, { language: 'en' }),
      history: [earlier('epds-total', 3, '2026-02-01', { extension: [{ url: LANGUAGE_EXTENSION, valueCode: 'pt' }] })],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-evaluated' },
    },
    {
      name: 'another pregnancy is another episode',
      given: epds(9),
      history: [infant('2024-01-01', 'first'), infant('2026-03-01', 'second'), earlier('epds-total', 3, '2024-02-01')],
      fired: [],
      tier: 'routine',
      not: { C1: 'not-evaluated' },
    },
    {
      name: 'pregnancy and after birth are one episode',
      given: epds(9),
      history: [infant('2026-03-01'), earlier('epds-total', 3, '2026-01-01')],
      fired: ['C1'],
      tier: 'watch',
    },
    {
      name: 'bounds around the margin: open',
      given: response('epds', weights('330000000_').with(9, 0).with(8, _)),
      history: [earlier('epds-total', 3, '2026-02-01')],
      fired: ['X1'],
      tier: 'open',
      not: { C1: 'not-evaluated' },
    },
  ],
  'H1, H2: anger and rejection against her own': [
    {
      name: '2 above the mean of two',
      given: angry(2),
      history: [...born, earlier('mibs-j-ar', 0, onDay(30)), earlier('mibs-j-ar', 0, onDay(60))],
      fired: ['H1'],
      tier: 'watch',
      not: { H2: 'not-fired' },
    },
    {
      name: '1.5 above the mean of two',
      given: angry(2),
      history: [...born, earlier('mibs-j-ar', 0, onDay(30)), earlier('mibs-j-ar', 1, onDay(60))],
      fired: [],
      tier: 'routine',
      not: { H1: 'not-fired' },
    },
    {
      name: 'exactly 2 above a mean of thirds fails by whole numbers',
      given: angry(3),
      history: [...born, earlier('mibs-j-ar', 1, onDay(30)), earlier('mibs-j-ar', 1, onDay(60)), earlier('mibs-j-ar', 1, onDay(90))],
      fired: ['H1'],
      tier: 'watch',
    },
    {
      name: 'one earlier: a note',
      given: angry(2),
      history: [...born, earlier('mibs-j-ar', 0, onDay(30))],
      fired: ['H2'],
      tier: 'routine',
      not: { H1: 'not-evaluated' },
    },
    {
      name: 'zero and no earlier: nothing',
      given: angry(0),
      history: born,
      fired: [],
      tier: 'routine',
      not: { H1: 'not-evaluated', H2: 'not-fired' },
    },
    {
      name: 'incomplete: H1 not evaluated, H2 reads the lower bound',
      given: response('mibs-j', weights('011_000000').with(3, 0).with(6, _)),
      fired: ['X1', 'X1', 'H2'],
      tier: 'open',
      not: { H1: 'not-evaluated' },
    },
    {
      name: 'another infant is another series',
      given: { ...angry(2), ...about('a') },
      history: [
        infant(BIRTH, 'a'),
        infant(BIRTH, 'b'),
        earlier('mibs-j-ar', 0, onDay(30), about('b')),
        earlier('mibs-j-ar', 0, onDay(60), about('b')),
      ],
      fired: ['H2'],
      tier: 'routine',
      not: { H1: 'not-evaluated' },
    },
  ],
  'V1: EPDS in this pregnancy': [
    {
      name: 'day 0',
      given: epds(3, { authored: onDay(0) }),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: ['V1'],
      tier: 'watch',
    },
    {
      name: 'day 84',
      given: epds(3, { authored: onDay(84) }),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: ['V1'],
      tier: 'watch',
    },
    {
      name: 'day 85: a note',
      given: epds(3, { authored: onDay(85) }),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: ['V1'],
      tier: 'routine',
    },
    {
      name: 'below its own threshold',
      given: epds(3, { authored: onDay(30) }),
      history: [...born, earlier('epds-total', 10, '2026-01-15', threshold(11))],
      fired: [],
      tier: 'routine',
      not: { V1: 'not-fired' },
    },
    {
      name: 'another pregnancy',
      given: epds(3, { authored: onDay(30) }),
      history: [...born, earlier('epds-total', 20, '2024-01-15', threshold(11))],
      fired: [],
      tier: 'routine',
      not: { V1: 'not-evaluated' },
    },
    {
      name: 'judged on a bonding form too',
      given: mibs(0, { authored: onDay(30) }),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: ['V1'],
      tier: 'watch',
    },
    {
      name: 'judged on the temperament item too',
      given: soothing('a', onDay(30)),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: ['V1'],
      tier: 'watch',
    },
    {
      name: 'by a proxy: not evaluated',
      given: epds(3, { authored: onDay(30), source: { reference: 'RelatedPerson/father' } }),
      history: [...born, earlier('epds-total', 11, '2026-01-15', threshold(11))],
      fired: [],
      tier: 'none',
      not: { V1: 'not-evaluated' },
    },
  ],
  'V2: infant temperament': [
    { name: 'the report itself: hard', given: soothing('d', onDay(30)), history: born, fired: ['V2'], tier: 'none' },
    { name: 'the report itself: very hard', given: soothing('e', onDay(30)), history: born, fired: ['V2'], tier: 'none' },
    {
      name: 'the report itself: neither',
      given: soothing('c', onDay(30)),
      history: born,
      fired: [],
      tier: 'none',
      not: { V2: 'not-fired' },
    },
    {
      name: '28 days before',
      given: epds(3, { authored: onDay(58) }),
      history: [...born, soothing('d', onDay(30))],
      fired: ['V2'],
      tier: 'routine',
    },
    {
      name: '29 days before',
      given: epds(3, { authored: onDay(59) }),
      history: [...born, soothing('d', onDay(30))],
      fired: [],
      tier: 'routine',
      not: { V2: 'not-evaluated' },
    },
    {
      name: 'the latest counts',
      given: epds(3, { authored: onDay(58) }),
      history: [...born, soothing('d', onDay(40)), soothing('b', onDay(50), { id: 'later' })],
      fired: [],
      tier: 'routine',
      not: { V2: 'not-fired' },
    },
    {
      name: 'another infant',
      given: mibs(0, { authored: onDay(40), ...about('a') }),
      history: [...born, soothing('d', onDay(30), about('b'))],
      fired: [],
      tier: 'routine',
      not: { V2: 'not-evaluated' },
    },
    {
      name: 'through a proxy too',
      given: epds(3, { authored: onDay(40), source: { reference: 'RelatedPerson/father' } }),
      history: [...born, soothing('d', onDay(30))],
      fired: ['V2'],
      tier: 'none',
    },
  ],
  'N1: talk anyway': [
    { name: 'all zero', given: response('epds', weights('0000000000')), fired: ['N1'], tier: 'routine' },
    { name: 'one', given: response('epds', weights('1000000000')), fired: [], tier: 'routine', not: { N1: 'not-fired' } },
    {
      name: 'first printed position throughout: item 10 speaks too',
      given: response('epds', weights('0030333333').with(3, 0)),
      fired: ['S1', 'D1', 'D2', 'N1'],
      tier: 'immediate',
    },
    { name: 'incomplete', given: response('epds', weights('0_00000000')), fired: [], tier: 'routine', not: { N1: 'not-evaluated' } },
  ],
}

describe.each(Object.entries(CASES))('%s', (_title, cases) => {
  test.each(cases)('$name', ({ given, history = [], site = {}, fired, tier, not = {} }) => {
    const summary = summaryOf(assess(withSite(site), given, history), 1)
    expect(summary.issues.filter(({ severity }) => severity === 'error')).toEqual([])
    expect({ fired: summary.rules.filter((rule) => rule.fired).map(({ id }) => id), tier: summary.tier }).toEqual({ fired, tier })
    for (const [id, verdict] of Object.entries(not)) expect(summary.rules.find((rule) => rule.id === id)?.verdict, id).toBe(verdict)
  })
})

test('a retracted response shows its scores and judges nothing', () => {
  const summary = summaryOf(assess(withSite({}), response('epds', weights('3333333333'), { status: 'entered-in-error' })), 1)
  expect(summary).toMatchObject({ outcome: 'retracted', tier: 'none', rules: [], open: [], scores: { 'epds-total': { value: 30 } } })
})

test('open names the undecided rule and its items', () => {
  const summary = summaryOf(assess(withSite({}), response('epds', weights('333_00000_').with(4, 0))), 1)
  expect(summary.open).toEqual([
    { id: 'S4', rule: 'S1', items: ['epds-10'] },
    { id: 'X1', rule: 'D1', items: ['epds-4', 'epds-10'] },
    { id: 'X1', rule: 'D2', items: ['epds-4', 'epds-10'] },
    { id: 'X1', rule: 'D5', items: ['epds-4', 'epds-10'] },
  ])
})
