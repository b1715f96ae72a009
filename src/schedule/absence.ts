import type { Coding, Flag, Observation } from 'fhir/r4.js'
import { infantOf } from '../score/context.ts'
import { referenceKey } from '../score/reference.ts'
import { type Day, dayWhere } from '../trajectory/calendar.ts'
import { counts, type Infant, type Known } from '../trajectory/history.ts'
import { OVERDUE_DAYS, PREGNANCY_DAYS } from '../trajectory/time-point.ts'

/** Codes with which a site records, on an Observation or a Flag, that a child was lost, has died or lives elsewhere (site setting `noInfantCodes`). */
export type AbsenceCodes = readonly Pick<Coding, 'system' | 'code'>[]

/**
 * Whether nobody may be asked about her bond with this child today: it is on record as deceased, its RelatedPerson is closed, or the site has coded it so.
 * What the site has coded about her, naming no child, is about every child born by then.
 */
export function isGone(known: Known, codes: AbsenceCodes, today: string, infant: Infant): boolean {
  const since = infant.gone?.since
  if (infant.gone !== undefined && (since === undefined || isBy(since, today))) return true
  return codedAbsences(known, codes).some(({ about, date }) => {
    if (!isBy(date, today)) return false
    return about.length > 0 ? about.some((key) => infant.keys.includes(key)) : isBy(infant.birthDate, date)
  })
}

/**
 * What is known of her without the due dates of pregnancies that were lost: nobody is told that she is pregnant then. A loss that the site has coded about her,
 * naming no child, ends the pregnancy it falls into; where a child of hers was born by then it may be about that child, and the pregnancy stands.
 */
export function withoutLost(known: Known, codes: AbsenceCodes, today: string): Known {
  const losses = codedAbsences(known, codes).filter(({ about, date }) => about.length === 0 && isBy(date, today))
  const isLost = (dueDate: string): boolean =>
    losses.some(({ date }) => {
      const before = dayIn(dueDate, today) - dayIn(date, today)
      return before <= PREGNANCY_DAYS && before >= -OVERDUE_DAYS && !known.infants.some(({ birthDate }) => isBy(birthDate, date))
    })
  return losses.length === 0 ? known : { ...known, dueDates: known.dueDates.filter((dueDate) => !isLost(dueDate)) }
}

const dayIn = (date: string, today: string): Day => dayWhere(date, today) ?? Number.NEGATIVE_INFINITY
const isBy = (date: string, today: string): boolean => dayIn(date, today) <= dayIn(today, today)

interface Absence {
  /** Keys of the child that it names; none: it speaks of her. */
  readonly about: readonly string[]
  readonly date: string
}

function codedAbsences({ observations, flags, infants }: Known, codes: AbsenceCodes): Absence[] {
  if (codes.length === 0) return []
  const children = infants.flatMap(({ keys }) => keys)
  const aboutOf = ({ subject, focus, extension }: Pick<Observation, 'subject' | 'focus' | 'extension'>): string[] =>
    [subject, infantOf(extension), ...(focus ?? [])].flatMap((one) => referenceKey(one) ?? []).filter((key) => children.includes(key))
  return [
    ...observations
      .filter((one) => counts(one) && isCoded(one, codes))
      .map((one) => ({ about: aboutOf(one), date: one.effectiveDateTime ?? one.issued ?? '' })),
    ...flags
      .filter((one) => one.status === 'active' && isCoded(one, codes))
      .map((one) => ({ about: aboutOf(one), date: one.period?.start ?? '' })),
  ]
}

const isCoded = ({ code }: Pick<Flag | Observation, 'code'>, codes: AbsenceCodes): boolean =>
  code.coding?.some((one) => codes.some(({ system, code: wanted }) => one.system === system && one.code === wanted)) ?? false
