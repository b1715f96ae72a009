import type { Instrument } from '../instrument/instrument.ts'
import { primaryLanguage } from '../instrument/text-pack.ts'
import type { Context } from '../score/context.ts'
import type { Score } from '../score/score-scale.ts'
import { dayWhere } from './calendar.ts'
import { type EarlierScore, earlierScoresOf, laterScoresOf } from './earlier-scores.ts'
import { type Known, sameInfant } from './history.ts'
import { type Course, infantKeyOf, sameAnchor, sameEpisode, type TimePoint, timePointOf } from './time-point.ts'

/** One scale of one woman: her earlier comparable complete scores, oldest first, and how the present score stands to them. */
export interface Trajectory {
  readonly earlier: readonly EarlierScore[]
  /** Days between the last earlier score and this response. */
  readonly daysSinceLast?: number
  /** Of two or more earlier scores; the present one is never in its own baseline. */
  readonly mean?: number
  /** Present minus last, when both are complete. */
  readonly change?: number
  /** Present minus mean. */
  readonly deviation?: number
}

/** What is needed to compare one response with the others of the same woman. */
export interface Place {
  readonly context: Context
  readonly course: Course
  readonly timePoint: TimePoint
  readonly known: Known
  /** Identifier values of this response's own results begin with it. */
  readonly resultPrefix?: string
  readonly instruments: readonly Instrument[]
}

/** Points, mean from two on, change from one on: no slope, no band from a guessed deviation, nothing imputed. */
export function trajectoryOf(place: Place, score: Score): Trajectory {
  const earlier = earlierScoresOf(place.known, place.context, place.context.instrument, score.scale, place.resultPrefix).filter((one) =>
    isComparable(place, one),
  )
  const last = earlier.at(-1)
  const mean = earlier.length < 2 ? undefined : earlier.reduce((sum, { value }) => sum + value, 0) / earlier.length
  const value = score.state === 'complete' ? score.value : undefined
  const daysSinceLast = last && daysBetween(last.effective, place.context.authored)
  return {
    earlier,
    ...(daysSinceLast !== undefined && { daysSinceLast }),
    ...(mean !== undefined && { mean }),
    ...(last !== undefined && value !== undefined && { change: value - last.value }),
    ...(mean !== undefined && value !== undefined && { deviation: value - mean }),
  }
}

/** Her later scores whose baseline this one belongs to: an older response that comes late changes it. A score that is not complete, or not hers, is in none. */
export function laterComparableTo(place: Place, score: Score): EarlierScore[] {
  const { context, known, resultPrefix } = place
  if (score.state !== 'complete' || context.proxy) return []
  return laterScoresOf(known, context, context.instrument, score.scale, resultPrefix).filter((one) => isComparable(place, one))
}

function daysBetween(effective: string, authored: string): number | undefined {
  const from = dayWhere(effective, authored)
  const to = dayWhere(authored, authored)
  return from === undefined || to === undefined ? undefined : to - from
}

/**
 * Same item set and weights, language, text status and episode; for bonding also the same infant and phase. What an earlier score does not say
 * (language, status, version) is unknown and comparable; an absent infant equals only an absent one. A proxy's answers are never in a baseline.
 */
function isComparable(place: Place, earlier: EarlierScore): boolean {
  const { context, course, timePoint } = place
  if (earlier.proxy || !sameItems(place, earlier.version)) return false
  if (differs(earlier.language && primaryLanguage(earlier.language), context.language && primaryLanguage(context.language))) return false
  if (differs(earlier.textStatus, context.textStatus)) return false
  const { aboutInfant } = context.instrument
  if (aboutInfant && !sameInfant(place.known, earlier.infant, context.infant)) return false
  const then = timePointOf(course, earlier.effective, context.authored, infantKeyOf(context.instrument, earlier.infant))
  if (aboutInfant) return then.phase === timePoint.phase && sameAnchor(then.anchor, timePoint.anchor)
  return sameEpisode(course, timePoint, then)
}

const differs = (one: string | undefined, other: string | undefined): boolean => one !== undefined && other !== undefined && one !== other

/** Versions that differ in nothing but words are one series. An unknown version is another form. */
function sameItems({ context, instruments }: Place, version: string | undefined): boolean {
  if (version === undefined || version === context.instrument.version) return true
  const other = instruments.find((one) => one.id === context.instrument.id && one.version === version)
  return (
    other !== undefined &&
    JSON.stringify([other.items, other.scales.map(({ items }) => items)]) ===
      JSON.stringify([context.instrument.items, context.instrument.scales.map(({ items }) => items)])
  )
}
