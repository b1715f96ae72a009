import type { TextStatus } from '../../instrument/instrument.ts'
import { type Instrument, rangeOf, type Scale } from '../../instrument/instrument.ts'
import type { Context } from '../../score/context.ts'
import type { Score } from '../../score/score-scale.ts'
import type { Known } from '../../trajectory/history.ts'
import { type Course, sameAnchor } from '../../trajectory/time-point.ts'
import { trajectoryOf } from '../../trajectory/trajectory.ts'
import { infantTarget, joins, type Point } from './points.ts'

/** What a panel's title says: what the current score is, and how it stands to her own earlier ones. */
export type Finding =
  | { readonly kind: 'first'; readonly value: number }
  | { readonly kind: 'since-last'; readonly value: number; readonly change: number }
  | { readonly kind: 'own-mean'; readonly value: number; readonly deviation: number; readonly mean: number; readonly k: number }
  | { readonly kind: 'incomplete'; readonly lower: number; readonly upper: number }
  | { readonly kind: 'proxy'; readonly value: number }

/** One scale of hers over time. */
export interface Panel {
  readonly instrument: Instrument
  readonly scale: Scale
  readonly range: readonly [number, number]
  readonly points: readonly Point[]
  /** Neighbours that a line may join. */
  readonly segments: readonly (readonly [Point, Point])[]
  /** The infants that the points are about, as keys; more than one must be told apart. */
  readonly infants: readonly (string | undefined)[]
  readonly cutOffs: readonly CutOffLine[]
  /** Of her earlier comparable scores, two or more. */
  readonly mean?: { readonly value: number; readonly k: number; readonly lowest: number; readonly highest: number; readonly from: number }
  readonly finding: Finding
}

/** A cut-off over the points that it was in use for. */
export interface CutOffLine {
  readonly value: number
  readonly text: string
  readonly from: number
  readonly to: number
}

interface Her {
  readonly known: Known
  readonly course: Course
  readonly instruments: readonly Instrument[]
}

/** The place of a point on the time axis: days from birth, or calendar days while no birth and no due date is known. */
export const axisDay = ({ at, calendarDay }: Point): number => at.day ?? calendarDay

/** Points of the episode that the latest point lies in; a birth before or after it has its own axis. */
export function currentEpisode(points: readonly Point[]): Point[] {
  const latest = points.at(-1)
  return points.filter(({ at }) => latest !== undefined && sameAnchor(at.anchor, latest.at.anchor))
}

/** One panel per scale that has points, in the order of the list given, then in the instruments' own. */
export function panelsOf(her: Her, points: readonly Point[], first: readonly string[]): Panel[] {
  const codes = her.instruments.flatMap(({ scales }) => scales.map(({ code }) => code))
  const ordered = [...new Set([...first, ...codes])]
  return ordered.flatMap((code) => {
    const own = points.filter(({ scale }) => scale.code === code)
    return own.length === 0 ? [] : [panelOf(her, own)]
  })
}

function panelOf(her: Her, points: readonly Point[]): Panel {
  const current = points.at(-1)!
  const { instrument, scale } = current
  const trajectory = current.proxy ? { earlier: [] } : trajectoryOf(placeOf(her, current), scoreOf(current))
  const values = trajectory.earlier.map(({ value }) => value)
  const firstUsed = points.find((point) => trajectory.earlier.some(({ effective }) => effective === point.effective))
  return {
    instrument,
    scale,
    range: rangeOf(instrument, scale),
    points,
    segments: segmentsOf(points),
    infants: instrument.aboutInfant ? [...new Set(points.map(infantTarget))].sort() : [],
    cutOffs: cutOffLines(points),
    ...(trajectory.mean !== undefined && {
      mean: {
        value: trajectory.mean,
        k: values.length,
        lowest: Math.min(...values),
        highest: Math.max(...values),
        from: axisDay(firstUsed ?? current),
      },
    }),
    finding: findingOf(current, trajectory),
  }
}

function findingOf({ complete, proxy, lower, upper }: Point, trajectory: Partial<ReturnType<typeof trajectoryOf>>): Finding {
  if (!complete) return { kind: 'incomplete', lower, upper }
  if (proxy) return { kind: 'proxy', value: lower }
  const { mean, deviation, change, earlier = [] } = trajectory
  if (mean !== undefined && deviation !== undefined) return { kind: 'own-mean', value: lower, deviation, mean, k: earlier.length }
  return change === undefined ? { kind: 'first', value: lower } : { kind: 'since-last', value: lower, change }
}

/** A point as the response it came from, so that her baseline is found by the very rule that judged it. */
function placeOf({ known, course, instruments }: Her, point: Point): Parameters<typeof trajectoryOf>[0] {
  const { instrument, effective, language, textStatus, infant, resultPrefix, at } = point
  const context: Context = {
    instrument: point.version === undefined ? instrument : { ...instrument, version: point.version },
    responseReference: {},
    status: 'completed',
    subject: {},
    subjectKey: '',
    authored: effective,
    ...(language !== undefined && { language }),
    textStatus: (textStatus ?? instrument.textStatus) as TextStatus,
    ...(infant && { infant }),
    proxy: false,
  }
  return { context, course, timePoint: at, known, instruments, ...(resultPrefix !== undefined && { resultPrefix }) }
}

const scoreOf = ({ scale, complete, lower, upper }: Point): Score =>
  complete
    ? { scale, state: 'complete', value: lower }
    : { scale, state: 'incomplete', lower, upper, answered: 0, of: scale.items.length, unanswered: scale.items }

/** Each point with the one before it about the same infant, where a line may join the two. */
function segmentsOf(points: readonly Point[]): (readonly [Point, Point])[] {
  return points.flatMap((next, index) => {
    const before = points.slice(0, index).findLast((one) => !next.instrument.aboutInfant || infantTarget(one) === infantTarget(next))
    return before !== undefined && joins(before, next) ? [[before, next] as const] : []
  })
}

/** Neighbouring points under the same cut-off share one line; a point without one interrupts it. */
function cutOffLines(points: readonly Point[]): CutOffLine[] {
  const lines: CutOffLine[] = []
  let before: Point | undefined
  for (const point of points) {
    const { cutOff } = point
    const last = lines.at(-1)
    if (cutOff !== undefined && last !== undefined && before?.cutOff?.value === cutOff.value) {
      lines.splice(-1, 1, { ...last, to: axisDay(point) })
    } else if (cutOff !== undefined) lines.push({ ...cutOff, from: axisDay(point), to: axisDay(point) })
    before = point
  }
  return lines
}
