import type { Instrument } from '../instrument/instrument.ts'
import { type Day, dateOf, dayOf, dayWhere } from '../trajectory/calendar.ts'
import type { Infant, Known } from '../trajectory/history.ts'
import { courseOf, EPISODE_DAYS, sameAnchor, type TimePoint, timePointOf } from '../trajectory/time-point.ts'
import { type AbsenceCodes, isGone, withoutLost } from './absence.ts'
import { askAgainFrom, type Evidence, evidenceOf, isAbout } from './evidence.ts'
import type { Schedule, Visit } from './schedule.ts'

/**
 * `overdue`: its days are over and the next of its kind has not come, so it is asked now; `missed`: it is too late for it. Both mean "not screened", whatever
 * she answered before. `withheld`: the child is deceased, lost or not with her.
 */
export type DueState = 'done' | 'due' | 'overdue' | 'missed' | 'upcoming' | 'withheld'

/** One form of one visit and how it stands today. */
export interface Due {
  readonly visit: Visit
  /** Any one of them does. */
  readonly instruments: readonly string[]
  /** One of several children born at once. */
  readonly infant?: Infant
  readonly state: DueState
  /** First and last day, `YYYY-MM-DD`; an upcoming visit after a birth that is still ahead has none. */
  readonly from?: string
  readonly until?: string
  /** For `done`: when, and by which Observation or response. */
  readonly doneOn?: string
  readonly reference?: string
  /** Held back to this day because the questions look back on days that she was just asked about. */
  readonly notBefore?: string
}

/** A schedule as it stands for one woman. */
export interface Plan {
  readonly schedule: Schedule
  readonly timePoint: TimePoint
  /** In the order of the schedule; empty while nobody knows where in her course she is. */
  readonly due: readonly Due[]
}

export interface Attending {
  readonly instruments: readonly Instrument[]
  /** What is known of her today: `knownOf` with `now` as the date, her responses among it. */
  readonly known: Known
  /** Her today, with the zone in which days are counted. */
  readonly now: string
  readonly absenceCodes?: AbsenceCodes
}

/** What is due, overdue, done and withheld today, per visit and form. Visits are counted from her birth, before it from the due date. */
export function dueOf(schedule: Schedule, { instruments, known: told, now, absenceCodes = [] }: Attending): Plan {
  const known = withoutLost(told, absenceCodes, now)
  const timePoint = timePointOf(courseOf(known, now), now, now)
  const anchor = timePoint.anchor === undefined ? undefined : dayOf(timePoint.anchor)
  if (timePoint.day === undefined || anchor === undefined) return { schedule, timePoint, due: [] }
  const answered = evidenceOf(instruments, known, now)
  const view: View = {
    schedule,
    instruments,
    answered,
    anchor,
    pregnant: timePoint.phase === 'pregnancy',
    // Past the due date she is still pregnant: no visit after birth has come.
    day: timePoint.phase === 'pregnancy' ? Math.min(timePoint.day, 0) : timePoint.day,
    born: known.infants.filter(({ birthDate }) => sameAnchor(birthDate.length < 10 ? undefined : birthDate, timePoint.anchor)),
    isGone: (infant) => isGone(known, absenceCodes, now, infant ?? { keys: [], birthDate: dateOf(anchor) }),
    today: dayWhere(now, now)!,
  }
  return { schedule, timePoint, due: schedule.visits.flatMap((visit) => formsOf(view, visit).map((form) => stateOf(view, form))) }
}

interface View {
  readonly schedule: Schedule
  readonly instruments: readonly Instrument[]
  readonly answered: readonly Evidence[]
  readonly anchor: Day
  readonly pregnant: boolean
  readonly day: number
  readonly today: Day
  readonly born: readonly Infant[]
  readonly isGone: (infant: Infant | undefined) => boolean
}

interface Form {
  readonly visit: Visit
  readonly instruments: readonly Instrument[]
  /** Whom it is about, for a form about the bond. */
  readonly infant?: Infant
  /** It must name which of several. */
  readonly several: boolean
}

/** One form a visit where the site chooses among instruments, else one per instrument; about the bond one per child of that birth. */
function formsOf({ schedule, instruments, born }: View, visit: Visit): Form[] {
  const named = visit.instruments.flatMap((id) => instruments.findLast((one) => one.id === id) ?? [])
  const groups = schedule.selection === 'exactly-one' ? [named] : named.map((one) => [one])
  return groups.flatMap((group) => {
    if (!group.every(({ aboutInfant }) => aboutInfant)) return [{ visit, instruments: group, several: false }]
    return (born.length === 0 ? [undefined] : born).map((infant) => ({
      visit,
      instruments: group,
      several: born.length > 1,
      ...(infant && { infant }),
    }))
  })
}

function stateOf(view: View, form: Form): Due {
  const { visit, instruments, infant, several } = form
  const [first, last] = visit.days
  const ahead = view.pregnant && first > 0
  const due = {
    visit,
    instruments: instruments.map(({ id }) => id),
    ...(several && infant && { infant }),
    ...(!ahead && { from: dateOf(view.anchor + first), until: dateOf(view.anchor + last) }),
  }
  const done = doneBy(view, form)
  if (done) return { ...due, state: 'done', doneOn: dateOf(done.day), ...(done.reference !== undefined && { reference: done.reference }) }
  if (instruments.every(({ aboutInfant }) => aboutInfant) && view.isGone(infant)) return { ...due, state: 'withheld' }
  if (ahead || view.day < first) return { ...due, state: 'upcoming' }
  const again = Math.min(...instruments.map((one) => askAgainFrom(one, view.answered, keysOf(form)) ?? Number.NEGATIVE_INFINITY))
  if (view.day >= nextFirst(view, form)) return { ...due, state: 'missed' }
  if (again > view.today) return { ...due, state: 'upcoming', notBefore: dateOf(again) }
  return { ...due, state: view.day <= last ? 'due' : 'overdue' }
}

const keysOf = ({ several, infant }: Form): readonly string[] | undefined => (several ? (infant?.keys ?? []) : undefined)

/** A form of its days, or a late one from before the next visit of its kind. */
const doneBy = (view: View, form: Form): Evidence | undefined =>
  view.answered.find(({ day, ...one }) => {
    const counted = view.pregnant ? Math.min(day - view.anchor, 0) : day - view.anchor
    const isOf = form.instruments.some(({ id }) => id === one.instrument) && isAbout({ day, ...one }, keysOf(form))
    return isOf && day <= view.today && counted >= form.visit.days[0] && counted < nextFirst(view, form)
  })

/** The day on which the next visit with one of these instruments begins; birth ends what belongs before it, the end of the episode all. */
function nextFirst({ schedule }: View, { visit, instruments }: Form): number {
  const [first, last] = visit.days
  const next = schedule.visits.find(({ days, instruments: ids }) => days[0] > first && instruments.some(({ id }) => ids.includes(id)))
  const end = last <= 0 ? 1 : Math.max(EPISODE_DAYS, last) + 1
  return Math.min(next?.days[0] ?? end, end)
}
