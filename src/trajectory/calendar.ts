/** Days as whole numbers since 1970-01-01; a calendar has no hours and no zones. */
export type Day = number

const DAY_MS = 86_400_000

/** The day of `YYYY-MM-DD`; nothing for a year or a month only. */
export function dayOf(date: string): Day | undefined {
  if (!/^\d{4}-\d{2}-\d{2}/.test(date)) return undefined
  return Date.parse(`${date.slice(0, 10)}T00:00:00Z`) / DAY_MS
}

export const dateOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** Minutes that the zone of a dateTime lies ahead of UTC; nothing without a zone. */
function offsetOf(dateTime: string): number | undefined {
  const [, sign, hours, minutes] = /T.*(?:([+-])(\d{2}):(\d{2}))$/.exec(dateTime) ?? []
  if (sign !== undefined) return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  return /T.*Z$/.test(dateTime) ? 0 : undefined
}

/** The calendar day of a date or dateTime as seen where `authored` was written: an instant is moved into the offset of `authored`. */
export function dayWhere(dateTime: string, authored: string): Day | undefined {
  const own = offsetOf(dateTime)
  const there = offsetOf(authored)
  if (own === undefined || there === undefined) return dayOf(dateTime)
  return Math.floor((Date.parse(dateTime) + there * 60_000) / DAY_MS)
}

/**
 * Whether one date or dateTime lies strictly before another. Two instants are compared as such; where one is less exact (a day, a month),
 * both are compared as far as it goes, so that the same day is not before itself.
 */
export function isBefore(one: string, other: string): boolean {
  if (offsetOf(one) !== undefined && offsetOf(other) !== undefined) return Date.parse(one) < Date.parse(other)
  const length = Math.min(one.slice(0, 10).length, other.slice(0, 10).length)
  return one.slice(0, length) < other.slice(0, length)
}

/** A FHIR instant so many minutes later, to the second, in the zone of the first. */
export function minutesAfter(instant: string, minutes: number): string {
  const offset = offsetOf(instant) ?? 0
  const there = new Date(Date.parse(instant) + (minutes + offset) * 60_000).toISOString().slice(0, 19)
  return there + (/(Z|[+-]\d{2}:\d{2})$/.exec(instant)?.[0] ?? 'Z')
}

/** Orders dates by time, the less exact first where they touch. */
export const byTime = (one: string, other: string): number => (isBefore(one, other) ? -1 : isBefore(other, one) ? 1 : 0)

/** Whether a text is a FHIR instant: a day of the calendar, a time to the second or finer, and a zone. */
export function isInstant(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)$/.test(text)) return false
  const day = dayOf(text)
  return day !== undefined && !Number.isNaN(day) && dateOf(day) === text.slice(0, 10)
}
