/** A mark on the time axis: days from birth, and how to say it. `date`: a calendar day, where no birth is known. */
export interface Tick {
  readonly day: number
  readonly unit: 'birth' | 'week' | 'month' | 'date'
  readonly count: number
}

export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly Tick[]
}

const week = (count: number): Tick => ({ day: count * 7, unit: 'week', count })
const month = (count: number): Tick => ({ day: Math.round(count * 30.44), unit: 'month', count })

/** In the order in which they are given room: birth, the study's waves (1, 4, 10, 18 months), then what lies between. */
const TICKS: readonly Tick[] = [
  { day: 0, unit: 'birth', count: 0 },
  month(1),
  month(4),
  month(10),
  month(18),
  week(-12),
  week(-28),
  week(2),
  month(2),
  month(6),
  month(14),
  week(-20),
]

/** The axis over all panels of one course: always with the birth on it, never shorter than six weeks. */
export function axisOf(days: readonly number[], width: number): Axis {
  const from = Math.min(0, ...days)
  const to = Math.max(42, from + 42, ...days)
  const margin = (to - from) * 0.04
  const axis = { from: from - margin, to: to + margin }
  const room = (42 / width) * (axis.to - axis.from)
  const ticks: Tick[] = []
  for (const tick of TICKS) {
    const inside = tick.day >= from && tick.day <= axis.to
    if (inside && ticks.every(({ day }) => Math.abs(day - tick.day) >= room)) ticks.push(tick)
  }
  return { ...axis, ticks: ticks.sort((one, other) => one.day - other.day) }
}

/** The axis while no birth and no due date is known: calendar days, marked where there are scores. */
export function calendarAxis(days: readonly number[], width: number): Axis {
  const [from, to] = [Math.min(...days), Math.max(...days)]
  const margin = Math.max(14, (to - from) * 0.12)
  const axis = { from: from - margin, to: to + margin }
  const room = (96 / width) * (axis.to - axis.from)
  const ticks: Tick[] = []
  for (const day of new Set(days)) {
    if (ticks.every((tick) => Math.abs(tick.day - day) >= room)) ticks.push({ day, unit: 'date', count: day })
  }
  return { ...axis, ticks }
}

/** A linear map from one interval onto another. */
export const mapFrom =
  ([from, to]: readonly [number, number], [start, end]: readonly [number, number]) =>
  (value: number): number =>
    Math.round((start + ((value - from) / (to - from)) * (end - start)) * 10) / 10
