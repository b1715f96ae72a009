import type { Flag, RelatedPerson } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { loadSchedules } from '../../src/resources.ts'
import type { AbsenceCodes } from '../../src/schedule/absence.ts'
import { type Due, dueOf } from '../../src/schedule/due.ts'
import { dueText } from '../../src/schedule/due-text.ts'
import { type History, knownOf } from '../../src/trajectory/history.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { delivery, dueDate, earlier, epds, infant, response, weights } from '../fixtures/responses.ts'

const { instruments } = knowledge
const BIRTH = '2026-03-01'
const onDay = (day: number): string =>
  `${new Date(Date.parse(`${BIRTH}T00:00:00Z`) + day * 86_400_000).toISOString().slice(0, 10)}T10:00:00+09:00`
const scheduleOf = (id: string) => loadSchedules().find((one) => one.id === id)!
const LOST: AbsenceCodes = [{ system: 'urn:site', code: 'loss' }]

const planOf = (id: string, day: number, history: History) =>
  dueOf(scheduleOf(id), {
    instruments,
    known: knownOf(history, { reference: 'Patient/synthetic' }, onDay(day)),
    now: onDay(day),
    absenceCodes: LOST,
  })
/** `one-month epds: due`, one a line. */
const stand = (id: string, day: number, history: History): string[] =>
  planOf(id, day, history).due.map(
    ({ visit, instruments: ids, infant: child, state }) =>
      `${visit.id} ${ids.join('|')}${child ? ` ${child.keys.join('=')}` : ''}: ${state}`,
  )
const states = (id: string, day: number, history: History): string[] => planOf(id, day, history).due.map(({ state }) => state)
const born = [infant(BIRTH)]
const asked = (code: string, day: number) => earlier(code, 3, onDay(day))

describe('Japan: 2 weeks and 1 month', () => {
  test.each([
    { day: 9, is: ['upcoming', 'upcoming', 'upcoming', 'upcoming'] },
    { day: 10, is: ['due', 'due', 'upcoming', 'upcoming'] },
    { day: 20, is: ['due', 'due', 'upcoming', 'upcoming'] },
    { day: 21, is: ['missed', 'missed', 'due', 'due'] },
    { day: 42, is: ['missed', 'missed', 'due', 'due'] },
    { day: 43, is: ['missed', 'missed', 'overdue', 'overdue'] },
    { day: 551, is: ['missed', 'missed', 'missed', 'missed'] },
  ])('nothing answered by day $day', ({ day, is }) => expect(states('japan-postpartum', day, born)).toEqual(is))

  test('a form of its days is the visit', () =>
    expect(stand('japan-postpartum', 15, [...born, asked('epds-total', 14)])).toEqual([
      'two-weeks epds: done',
      'two-weeks mibs-j: due',
      'one-month epds: upcoming',
      'one-month mibs-j: upcoming',
    ]))

  test('a late form is still the visit', () =>
    expect(states('japan-postpartum', 60, [...born, asked('epds-total', 50)])).toEqual(['missed', 'missed', 'done', 'overdue']))

  test('the response counts before its results are written', () => {
    const given = epds(3, { authored: onDay(14), id: 'pending' })
    const [first] = planOf('japan-postpartum', 15, [...born, given]).due
    expect(first).toMatchObject({ state: 'done', doneOn: '2026-03-15', reference: 'QuestionnaireResponse/pending' })
  })

  test.each([
    ['with a gap', { item: response('epds', weights('11111111_0')).item! }],
    ['unfinished', { status: 'in-progress' as const }],
    ['entered in error', { status: 'entered-in-error' as const }],
    ['answered by another', { source: { reference: 'RelatedPerson/partner' } }],
    ['of another woman', { subject: { reference: 'Patient/other' } }],
  ])('a form %s is no screening', (_name, more) =>
    expect(states('japan-postpartum', 15, [...born, epds(3, { authored: onDay(14), ...more })])[0]).toBe('due'),
  )

  test('a total of another system counts', () => {
    const loinc = { code: { coding: [{ system: 'http://loinc.org', code: '99046-5' }] } }
    expect(states('japan-postpartum', 15, [...born, earlier('x', 3, onDay(12), loinc)])[0]).toBe('done')
  })
})

describe('apart as far as the questions look back', () => {
  const history = (day: number) => [...born, asked('epds-total', day)]
  test.each([
    { name: 'EPDS 6 days after the last: not yet', today: 21, last: 15, state: 'upcoming', notBefore: '2026-03-23' },
    { name: 'EPDS 7 days after the last', today: 22, last: 15, state: 'due', notBefore: undefined },
  ])('$name', ({ today, last, state, notBefore }) => {
    const form = planOf('japan-postpartum', today, history(last)).due[2]
    expect([form?.state, form?.notBefore]).toEqual([state, notBefore])
  })

  test.each([
    { name: 'PHQ-9 13 days after the last, EPDS free: due', answered: [asked('phq-9-total', -5)], state: 'due' },
    { name: 'both asked lately: not yet', answered: [asked('phq-9-total', -5), asked('epds-total', -1)], state: 'upcoming' },
  ])('$name', ({ answered, state }) => expect(states('acog', 3, [...born, ...answered])[2]).toBe(state))

  test('a safety item that was left out holds nothing back', () => {
    const open = response('epds', weights('111111111_'), { authored: onDay(21) })
    expect(states('japan-postpartum', 21, [...born, open])[2]).toBe('due')
  })
})

describe('ACOG', () => {
  test.each([
    { name: 'first half', today: -150, is: ['due', 'upcoming', 'upcoming'] },
    { name: 'second half', today: -100, is: ['missed', 'due', 'upcoming'] },
    { name: 'past the due date she is still pregnant', today: 10, is: ['missed', 'due', 'upcoming'] },
    { name: 'past it by more than 14 days: nobody knows', today: 15, is: [] },
  ])('$name', ({ today, is }) => expect(states('acog', today, [dueDate(BIRTH)])).toEqual(is))

  test('either instrument does', () =>
    expect(stand('acog', -100, [dueDate(BIRTH), asked('phq-9-total', -120)])[1]).toBe('later-in-pregnancy epds|phq-9: done'))

  test('after birth what belonged before it is missed', () =>
    expect(states('acog', 2, [delivery(BIRTH)])).toEqual(['missed', 'missed', 'due']))
})

describe('the waves of the study', () => {
  test('are a calendar of research, and say so', () => {
    const { schedule } = planOf('study-waves', 30, born)
    expect([schedule.purpose, schedule.title.en]).toEqual(['research', expect.stringContaining('Research calendar')])
  })
  test('month 4 missed, month 10 due', () =>
    expect(stand('study-waves', 300, [...born, asked('epds-total', 30)]).filter((line) => line.includes('epds'))).toEqual([
      'month-1 epds: done',
      'month-4 epds: missed',
      'month-10 epds: due',
      'month-18 epds: upcoming',
    ]))
})

describe('no child with her: nothing about the bond, her own forms stay', () => {
  const child: RelatedPerson = { resourceType: 'RelatedPerson', id: 'child', patient: { reference: 'Patient/synthetic' }, birthDate: BIRTH }
  const flag = (code: string, more: Partial<Flag> = {}): Flag => ({
    resourceType: 'Flag',
    status: 'active',
    code: { coding: [{ system: 'urn:site', code }] },
    subject: { reference: 'Patient/synthetic' },
    period: { start: onDay(5).slice(0, 10) },
    ...more,
  })
  test.each([
    { name: 'deceased, dated', history: [{ ...infant(BIRTH), deceasedDateTime: onDay(3) }] },
    { name: 'deceased', history: [{ ...infant(BIRTH), deceasedBoolean: true }] },
    { name: 'her RelatedPerson closed', history: [{ ...child, active: false }] },
    { name: 'its period over: placed elsewhere', history: [{ ...child, period: { end: onDay(12).slice(0, 10) } }] },
    { name: 'coded by the site on a Flag', history: [infant(BIRTH), flag('loss')] },
    {
      name: 'coded by the site on an Observation',
      history: [infant(BIRTH), earlier('x', 0, onDay(4), { code: { coding: [{ system: 'urn:site', code: 'loss' }] } })],
    },
    {
      name: 'the linked Patient is deceased',
      history: [
        child,
        { ...infant(BIRTH), deceasedBoolean: true, link: [{ other: { reference: 'RelatedPerson/child' }, type: 'seealso' as const }] },
      ],
    },
  ])('$name', ({ history }) => expect(states('japan-postpartum', 14, history)).toEqual(['due', 'withheld', 'upcoming', 'withheld']))

  test.each([
    { name: 'not deceased', history: [{ ...infant(BIRTH), deceasedBoolean: false }] },
    { name: 'period ends tomorrow', history: [{ ...child, period: { end: onDay(15).slice(0, 10) } }] },
    { name: 'another Flag', history: [infant(BIRTH), flag('allergy')] },
    { name: 'a Flag that is over', history: [infant(BIRTH), flag('loss', { status: 'inactive' })] },
    { name: 'a loss before this birth', history: [infant(BIRTH), flag('loss', { period: { start: '2024-01-01' } })] },
  ])('not so: $name', ({ history }) => expect(states('japan-postpartum', 14, history)[1]).toBe('due'))

  test('twins: each is asked about, the deceased one is not', () => {
    const twins = [infant(BIRTH, 'a'), { ...infant(BIRTH, 'b'), deceasedBoolean: true }]
    const lines = stand('japan-postpartum', 14, twins)
    expect(lines.slice(0, 3)).toEqual(['two-weeks epds: due', 'two-weeks mibs-j Patient/a: due', 'two-weeks mibs-j Patient/b: withheld'])
  })

  test('twins: a form that names neither is about neither', () => {
    const twins = [infant(BIRTH, 'a'), infant(BIRTH, 'b'), asked('mibs-j-total', 13)]
    expect(states('japan-postpartum', 14, twins).slice(1, 3)).toEqual(['due', 'due'])
  })
})

test('nothing known of birth or due date: no plan, and the time-point says why', () => {
  const { due, timePoint } = planOf('japan-postpartum', 14, [])
  expect([due, timePoint.phase]).toEqual([[], 'unknown'])
})

test('in words, English and Japanese; no tier in them', () => {
  const [missed, , overdue] = planOf('japan-postpartum', 43, born).due as [Due, Due, Due]
  expect(dueText(missed, instruments, 'en')).toBe('2 weeks after birth, EPDS: missed: not screened')
  expect(dueText(overdue, instruments, 'en')).toBe('1 month after birth, EPDS: overdue since 2026-04-12: not screened')
  expect(dueText(overdue, instruments, 'ja')).toBe('産後1か月・EPDS:2026-04-12 を過ぎた:未実施')
})
