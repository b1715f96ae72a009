import { describe, expect, test } from 'vitest'
import { dayWhere, isBefore } from '../../src/trajectory/calendar.ts'
import { knownOf } from '../../src/trajectory/history.ts'
import { courseOf, timePointOf } from '../../src/trajectory/time-point.ts'
import { delivery, dueDate, infant } from '../fixtures/responses.ts'

const pointAt = (authored: string, history: Parameters<typeof knownOf>[0], infantKey?: string) =>
  timePointOf(courseOf(knownOf(history, { reference: 'Patient/synthetic' }, authored), authored), authored, authored, infantKey)

describe('her time-point', () => {
  test.each([
    {
      name: 'the day of birth is day 0',
      authored: '2026-03-01T23:00:00+09:00',
      history: [infant('2026-03-01')],
      is: { phase: 'postpartum', day: 0, source: 'infant' },
    },
    { name: 'the next day is day 1', authored: '2026-03-02', history: [infant('2026-03-01')], is: { phase: 'postpartum', day: 1 } },
    { name: 'the day before is pregnancy', authored: '2026-02-28', history: [infant('2026-03-01')], is: { phase: 'pregnancy', day: -1 } },
    {
      name: '280 days before is pregnancy',
      authored: '2025-05-25',
      history: [infant('2026-03-01')],
      is: { phase: 'pregnancy', day: -280 },
    },
    { name: '281 days before is unknown', authored: '2025-05-24', history: [infant('2026-03-01')], is: { phase: 'unknown' } },
    {
      name: 'from the delivery Observation',
      authored: '2026-03-11',
      history: [delivery('2026-03-01')],
      is: { phase: 'postpartum', day: 10, source: 'delivery' },
    },
    {
      name: 'a delivery instant is moved into the offset of authored',
      authored: '2026-03-11T08:00:00+09:00',
      history: [delivery('2026-03-01T16:00:00Z')],
      is: { day: 9 },
    },
    {
      name: 'a due date ahead is pregnancy',
      authored: '2026-03-01',
      history: [dueDate('2026-06-01')],
      is: { phase: 'pregnancy', day: -92, source: 'due-date' },
    },
    {
      name: '14 days past the due date is still pregnancy',
      authored: '2026-06-15',
      history: [dueDate('2026-06-01')],
      is: { phase: 'pregnancy', day: 14 },
    },
    {
      name: '15 days past, no birth recorded: asks',
      authored: '2026-06-16',
      history: [dueDate('2026-06-01')],
      is: { phase: 'unknown', because: 'birth-missing' },
    },
    {
      name: 'the birth answers the due date',
      authored: '2026-06-16',
      history: [dueDate('2026-06-01'), infant('2026-05-30')],
      is: { phase: 'postpartum', day: 17 },
    },
    {
      name: 'of several children the one born nearest before',
      authored: '2026-04-01',
      history: [infant('2023-01-01', 'a'), infant('2026-03-01', 'b')],
      is: { phase: 'postpartum', day: 31 },
    },
    {
      name: 'pregnant again',
      authored: '2026-01-01',
      history: [infant('2023-01-01', 'a'), infant('2026-03-01', 'b')],
      is: { phase: 'pregnancy', day: -59 },
    },
    {
      name: 'pregnant again by due date',
      authored: '2026-01-01',
      history: [infant('2023-01-01', 'a'), dueDate('2026-03-01')],
      is: { phase: 'pregnancy', source: 'due-date' },
    },
    {
      name: 'the infant that the form names',
      authored: '2026-04-01',
      history: [infant('2025-01-01', 'a'), infant('2026-03-01', 'b')],
      key: 'Patient/a',
      is: { phase: 'postpartum', day: 455 },
    },
    {
      name: 'at 18 months the phase stays postpartum',
      authored: '2027-09-01',
      history: [infant('2026-03-01')],
      is: { phase: 'postpartum', day: 549 },
    },
    { name: 'authored by the month: unknown', authored: '2026-03', history: [infant('2026-03-01')], is: { phase: 'unknown' } },
    { name: 'a birth date by the month dates nothing', authored: '2026-03-20', history: [infant('2026-03')], is: { phase: 'unknown' } },
    { name: 'a Patient of thirty is no infant', authored: '2026-03-20', history: [infant('1996-03-01')], is: { phase: 'unknown' } },
    {
      name: 'nothing known',
      authored: '2026-03-20',
      history: [],
      is: { phase: 'unknown', because: 'undated' },
    },
    { name: 'a leap day', authored: '2028-03-01', history: [infant('2028-02-28')], is: { day: 2 } },
  ])('$name', ({ authored, history, key, is }) => {
    expect(pointAt(authored, history, key)).toMatchObject(is)
  })
})

describe('calendar', () => {
  test.each([
    ['2026-03-01T14:59:59Z', '2026-03-02T00:00:00+09:00', '2026-03-01'],
    ['2026-03-01T15:00:00Z', '2026-03-02T00:00:00+09:00', '2026-03-02'],
    ['2026-03-02T03:00:00Z', '2026-03-02T00:00:00-05:00', '2026-03-01'],
    ['2026-03-02', '2026-03-02T00:00:00-05:00', '2026-03-02'],
  ])('%s seen at %s is %s', (dateTime, authored, date) => {
    expect(dayWhere(dateTime, authored)).toBe(Date.parse(`${date}T00:00:00Z`) / 86_400_000)
  })

  test.each([
    ['2026-03-01T10:00:00Z', '2026-03-01T20:00:00+09:00', true],
    ['2026-03-01T11:00:00Z', '2026-03-01T20:00:00+09:00', false],
    ['2026-03-01', '2026-03-01T20:00:00Z', false],
    ['2026-02-28', '2026-03-01T00:00:00Z', true],
    ['2026-02', '2026-03-01T00:00:00Z', true],
    ['2026-03', '2026-03-01T00:00:00Z', false],
  ])('%s is before %s: %s', (one, other, before) => {
    expect(isBefore(one, other)).toBe(before)
  })
})
