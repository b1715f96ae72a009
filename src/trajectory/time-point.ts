import type { Reference } from 'fhir/r4.js'
import type { Instrument } from '../instrument/instrument.ts'
import { referenceTarget } from '../score/reference.ts'
import { type Day, dateOf, dayOf, dayWhere } from './calendar.ts'
import type { Known } from './history.ts'

export type Phase = 'pregnancy' | 'postpartum' | 'unknown'

/** Where a date lies in her course. */
export interface TimePoint {
  readonly phase: Phase
  /** Days since birth, birth being day 0; before it negative, then counted from the birth or the due date. */
  readonly day?: number
  /** The birth or due date that `day` counts from, `YYYY-MM-DD`. */
  readonly anchor?: string
  readonly source?: 'infant' | 'delivery' | 'due-date'
  /** Why the phase is unknown: a date to the month only; a due date past and no birth; neither on record. */
  readonly because?: 'inexact' | 'birth-missing' | 'undated'
}

/** Births and due dates of one woman, as calendar days where the response was written. */
export interface Course {
  readonly births: readonly { readonly day: Day; readonly source: 'infant' | 'delivery'; readonly keys?: readonly string[] }[]
  /** Due dates that no birth has answered. */
  readonly dueDays: readonly Day[]
}

export const PREGNANCY_DAYS = 280
export const OVERDUE_DAYS = 14
/** The study followed women to 18 months; an episode ends there. */
export const EPISODE_DAYS = 550
/** A birth this long before a due date, or this long after, is the birth that was due. */
const DUE_BIRTH = [-140, 30] as const

/** The course that her history tells. Birth dates of a month or a year only date nothing. */
export function courseOf(known: Known, authored: string): Course {
  const infants = known.infants.flatMap(({ keys, birthDate }) => {
    const day = dayOf(birthDate)
    return day === undefined ? [] : [{ day, source: 'infant' as const, keys }]
  })
  const deliveries = known.deliveries.flatMap((date) => {
    const day = dayWhere(date, authored)
    return day === undefined ? [] : [{ day, source: 'delivery' as const }]
  })
  const births = [...infants, ...deliveries]
  const dueDays = known.dueDates.flatMap((date) => dayWhere(date, authored) ?? [])
  const answered = (due: Day) => births.some(({ day }) => day >= due + DUE_BIRTH[0] && day <= due + DUE_BIRTH[1])
  return { births, dueDays: dueDays.filter((due) => !answered(due)) }
}

const at = (phase: Phase, day: Day, anchor: Day, source: TimePoint['source']): TimePoint => ({
  phase,
  day: day - anchor,
  anchor: dateOf(anchor),
  ...(source && { source }),
})

/**
 * Her time-point at a date: pregnant when a birth follows within 280 days or a due date is not more than 14 days past, else postpartum after
 * the birth nearest before. A bonding form that names its infant is dated by that infant. A due date never gives a postpartum day:
 * once it is 14 days past without a birth record, the phase is unknown and that is asked for.
 */
export function timePointOf(course: Course, date: string, authored: string, infantKey?: string): TimePoint {
  const day = dayWhere(date, authored)
  if (day === undefined) return { phase: 'unknown', because: 'inexact' }
  const own = course.births.find(({ keys, day: birth }) => infantKey !== undefined && keys?.includes(infantKey) && birth <= day)
  if (own !== undefined) return at('postpartum', day, own.day, own.source)
  const ahead = nearest(
    course.births.filter((birth) => birth.day > day && birth.day - PREGNANCY_DAYS <= day),
    day,
  )
  if (ahead !== undefined) return at('pregnancy', day, ahead.day, ahead.source)
  const due = course.dueDays.find((dueDay) => dueDay - PREGNANCY_DAYS <= day)
  if (due !== undefined && day <= due + OVERDUE_DAYS) return at('pregnancy', day, due, 'due-date')
  if (due !== undefined && day <= due + EPISODE_DAYS) return { phase: 'unknown', because: 'birth-missing' }
  const before = nearest(
    course.births.filter((birth) => birth.day <= day),
    day,
  )
  if (before !== undefined) return at('postpartum', day, before.day, before.source)
  return { phase: 'unknown', because: 'undated' }
}

const nearest = (births: Course['births'], day: Day): Course['births'][number] | undefined =>
  births.toSorted((one, other) => Math.abs(one.day - day) - Math.abs(other.day - day))[0]

/** Whether her course is dated at all; if not, everything is one episode. */
export const isDated = ({ births, dueDays }: Course): boolean => births.length > 0 || dueDays.length > 0

/**
 * Whether two time-points lie in one episode: from 280 days before delivery to the next conception, else to 18 months after delivery.
 * A course without births and due dates is one episode.
 */
export function sameEpisode(course: Course, one: TimePoint, other: TimePoint): boolean {
  if (!isDated(course)) return true
  const inside = ({ anchor, day }: TimePoint) => anchor !== undefined && (day ?? 0) <= EPISODE_DAYS
  return inside(one) && inside(other) && sameAnchor(one.anchor, other.anchor)
}

/** Births of twins may lie on both sides of midnight: anchors up to three days apart are one birth. */
export function sameAnchor(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return Math.abs(dayOf(one)! - dayOf(other)!) <= 3
}

/** The infant a bonding form is about, as a key; the mother's own instruments have none. */
export const infantKeyOf = (instrument: Instrument, infant: Reference | undefined): string | undefined =>
  instrument.aboutInfant ? referenceTarget(infant) : undefined
