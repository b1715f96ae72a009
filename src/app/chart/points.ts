import type { Observation, Reference } from 'fhir/r4.js'
import type { Instrument, Scale } from '../../instrument/instrument.ts'
import { primaryLanguage } from '../../instrument/text-pack.ts'
import { infantOf } from '../../score/context.ts'
import { RESULT_SYSTEM } from '../../score/identity.ts'
import { referenceKey, referenceTarget, sameTarget } from '../../score/reference.ts'
import { byTime, type Day, dayWhere } from '../../trajectory/calendar.ts'
import { LANGUAGE_EXTENSION, METHOD_SYSTEM, PROXY_EXTENSION, SCORE_SYSTEM, TEXT_STATUS_SYSTEM } from '../../trajectory/earlier-scores.ts'
import type { Known } from '../../trajectory/history.ts'
import { type Course, infantKeyOf, sameAnchor, type TimePoint, timePointOf } from '../../trajectory/time-point.ts'

/** One score of hers on the chart: a number, or the bounds of one that misses answers. */
export interface Point {
  readonly instrument: Instrument
  readonly scale: Scale
  readonly reference: string
  readonly effective: string
  readonly calendarDay: Day
  readonly at: TimePoint
  readonly lower: number
  readonly upper: number
  readonly complete: boolean
  /** From a form that is not completed yet. */
  readonly preliminary: boolean
  readonly proxy: boolean
  /** The cut-off that was in use for it, as its referenceRange says. */
  readonly cutOff?: { readonly value: number; readonly text: string }
  readonly infant?: Reference
  readonly language?: string
  readonly textStatus?: string
  readonly version?: string
  /** `QuestionnaireResponse/<id>` that the Observation names as its source. */
  readonly response?: string
  /** Identifier values of all results of its response begin with it. */
  readonly resultPrefix?: string
}

const SHOWN = ['final', 'amended', 'corrected', 'preliminary']

/** Her scores in the order of time, one per response and scale; what was entered in error is left out. */
export function pointsOf(instruments: readonly Instrument[], known: Known, course: Course, now: string): Point[] {
  const found = new Map<string, Point>()
  for (const observation of known.observations) {
    if (!SHOWN.includes(observation.status)) continue
    const point = pointOf(instruments, observation, course, now)
    if (point !== undefined) found.set(resultValueOf(observation) ?? point.reference, point)
  }
  return [...found.values()].sort((one, other) => byTime(one.effective, other.effective))
}

const resultValueOf = ({ identifier }: Observation): string | undefined => identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value

function pointOf(instruments: readonly Instrument[], observation: Observation, course: Course, now: string): Point | undefined {
  const { effectiveDateTime: effective, extension, meta, method, id, status } = observation
  const named = scaleOf(instruments, observation)
  const bounds = boundsIn(observation)
  const calendarDay = effective === undefined ? undefined : dayWhere(effective, now)
  if (named === undefined || bounds === undefined || effective === undefined || calendarDay === undefined) return undefined
  const infant = infantOf(extension)
  const cutOff = cutOffIn(observation)
  const language = extension?.find(({ url }) => url === LANGUAGE_EXTENSION)?.valueCode
  const textStatus = meta?.tag?.find(({ system }) => system === TEXT_STATUS_SYSTEM)?.code
  const version = method?.coding?.find(({ system }) => system === METHOD_SYSTEM)?.version
  const resultPrefix = resultValueOf(observation)?.split('.')[0]
  const response = referenceKey(observation.derivedFrom?.[0])
  return {
    ...named,
    ...bounds,
    reference: `Observation/${id}`,
    effective,
    calendarDay,
    at: timePointOf(course, effective, now, infantKeyOf(named.instrument, infant)),
    preliminary: status === 'preliminary',
    proxy: extension?.some(({ url, valueBoolean }) => url === PROXY_EXTENSION && valueBoolean === true) ?? false,
    ...(cutOff && { cutOff }),
    ...(infant && { infant }),
    ...(language !== undefined && { language }),
    ...(textStatus !== undefined && { textStatus }),
    ...(version !== undefined && { version }),
    ...(response !== undefined && { response }),
    ...(resultPrefix !== undefined && { resultPrefix }),
  }
}

function scaleOf(instruments: readonly Instrument[], { code }: Observation): { instrument: Instrument; scale: Scale } | undefined {
  for (const instrument of instruments) {
    const scale = instrument.scales.find((one) =>
      code.coding?.some((c) => (c.system === SCORE_SYSTEM ? c.code === one.code : one.loinc !== undefined && c.code === one.loinc)),
    )
    if (scale !== undefined) return { instrument, scale }
  }
  return undefined
}

function boundsIn({ valueQuantity, valueInteger, component }: Observation): Pick<Point, 'lower' | 'upper' | 'complete'> | undefined {
  const value = valueQuantity?.value ?? valueInteger
  if (value !== undefined) return { lower: value, upper: value, complete: true }
  const bound = (name: string) =>
    component?.find(({ code }) => code.coding?.some((c) => c.system === SCORE_SYSTEM && c.code === name))?.valueQuantity?.value
  const [lower, upper] = [bound('lower'), bound('upper')]
  return lower === undefined || upper === undefined ? undefined : { lower, upper, complete: false }
}

function cutOffIn({ referenceRange }: Observation): Point['cutOff'] | undefined {
  const [range] = referenceRange ?? []
  return range?.high?.value === undefined ? undefined : { value: range.high.value + 1, text: sourceIn(range.text ?? '') }
}

/** Of `below 11 (levis11): Levis 2020, BMJ 371:m4022` the source. */
const sourceIn = (text: string): string => /^below [^:]*: (.+)$/.exec(text)?.[1] ?? text

const MOST_DAYS_BETWEEN = 120

/**
 * Whether a line may run from one point to the next: both complete and her own answers, of one wording, one infant (for bonding), one side of
 * one birth, at most 120 days apart. Where something is not said it is taken as the same.
 */
export function joins(one: Point, next: Point): boolean {
  if (!one.complete || !next.complete || one.proxy || next.proxy) return false
  if (differs(one.language && primaryLanguage(one.language), next.language && primaryLanguage(next.language))) return false
  if (differs(one.textStatus, next.textStatus) || differs(one.version, next.version)) return false
  if (one.instrument.aboutInfant && !sameTarget(one.infant, next.infant)) return false
  if (one.at.phase !== next.at.phase || !sameAnchor(one.at.anchor, next.at.anchor)) return false
  return next.calendarDay - one.calendarDay <= MOST_DAYS_BETWEEN
}

const differs = (one: string | undefined, other: string | undefined): boolean => one !== undefined && other !== undefined && one !== other

export const infantTarget = ({ infant }: Point): string | undefined => referenceTarget(infant)
