/** The span a FHIR date, dateTime or instant stands for, in milliseconds since 1970: `low` inside, `high` just outside. */
export interface Interval {
  readonly low: number
  readonly high: number
}

const EVER: Interval = { low: -8_640_000_000_000_000, high: 8_640_000_000_000_000 }
const PATTERN = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * Reads a date of any precision as the span it covers; without a zone it is read in UTC. Undefined when it is no date.
 * @see https://hl7.org/fhir/R4/search.html#date
 */
export function intervalOf(text: string): Interval | undefined {
  const parts = PATTERN.exec(text)
  if (!parts) return undefined
  const [, year = '', month, day, hour, minute, second, fraction, zone] = parts
  const low = Date.UTC(+year, +(month ?? 1) - 1, +(day ?? 1), +(hour ?? 0), +(minute ?? 0), +(second ?? 0), millisecondsOf(fraction))
  if (!isCalendarDay(year, month, day) || +(hour ?? 0) > 24 || +(minute ?? 0) > 59 || +(second ?? 0) > 60) return undefined
  const shift = offsetOf(zone)
  const high = fraction ? low + 1 : second ? low + 1_000 : minute ? low + 60_000 : nextDate(+year, month, day)
  return { low: low - shift, high: high - shift }
}

/** The span of a Period; an open end reaches for ever. */
export function intervalOfPeriod(start: unknown, end: unknown): Interval {
  const low = typeof start === 'string' ? intervalOf(start) : undefined
  const high = typeof end === 'string' ? intervalOf(end) : undefined
  return { low: low?.low ?? EVER.low, high: high?.high ?? EVER.high }
}

function isCalendarDay(year: string, month = '01', day = '01'): boolean {
  return new Date(Date.UTC(+year, +month - 1, +day)).toISOString().startsWith(`${year}-${month}-${day}`)
}

function nextDate(year: number, month: string | undefined, day: string | undefined): number {
  if (day) return Date.UTC(year, +(month ?? 1) - 1, +day + 1)
  return month ? Date.UTC(year, +month, 1) : Date.UTC(year + 1, 0, 1)
}

const millisecondsOf = (fraction: string | undefined): number => (fraction ? Math.floor(Number(`0${fraction}`) * 1000 + 1e-6) : 0)

function offsetOf(zone: string | undefined): number {
  if (!zone || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
