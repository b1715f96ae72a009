import type { Observation, Reference } from 'fhir/r4.js'
import { BASE, type Instrument, LOINC, rangeOf, type Scale, type TextStatus } from '../instrument/instrument.ts'
import { type Context, infantOf } from '../score/context.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { referenceTarget } from '../score/reference.ts'
import { byTime, isBefore } from './calendar.ts'
import { counts, type Known } from './history.ts'

export const SCORE_SYSTEM = `${BASE}/CodeSystem/score`
export const METHOD_SYSTEM = `${BASE}/CodeSystem/method`
export const TEXT_STATUS_SYSTEM = `${BASE}/CodeSystem/text-status`
export const LANGUAGE_EXTENSION = `${BASE}/StructureDefinition/response-language`
export const PROXY_EXTENSION = `${BASE}/StructureDefinition/proxy`

/** One complete score of an earlier response, with what decides whether it may be compared. */
export interface EarlierScore {
  readonly value: number
  readonly effective: string
  readonly reference: Reference
  readonly infant?: Reference
  readonly language?: string
  readonly textStatus?: TextStatus
  /** The instrument version that scored it. */
  readonly version?: string
  readonly proxy: boolean
  /** The cut-off that was in use for it. */
  readonly threshold?: number
}

/**
 * The complete earlier scores of one scale, oldest first, one per response: effective strictly before `authored`, not of this response.
 * Recognised by our score code, or by the LOINC code of the scale (of its panel too: public servers code totals so). Values outside the range are passed over.
 */
export function earlierScoresOf(
  known: Known,
  context: Context,
  instrument: Instrument,
  scale: Scale,
  resultPrefix?: string,
): EarlierScore[] {
  if (known.observations.length === 0) return []
  const [lowest, highest] = rangeOf(instrument, scale)
  const byResponse = new Map<string, EarlierScore>()
  for (const observation of known.observations) {
    const score = earlierScoreOf(observation, instrument, scale)
    if (score === undefined || score.value < lowest || score.value > highest) continue
    if (!isBefore(score.effective, context.authored) || isOf(observation, context, resultPrefix)) continue
    byResponse.set(responseKeyOf(observation), score)
  }
  return [...byResponse.values()].sort((one, other) => byTime(one.effective, other.effective))
}

const resultValueOf = ({ identifier }: Observation): string | undefined => identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value

/** Copies of one result share its identifier, or the response that they derive from. */
const responseKeyOf = (observation: Observation): string =>
  resultValueOf(observation) ?? referenceTarget(observation.derivedFrom?.[0]) ?? observation.id ?? JSON.stringify(observation)

function isOf(observation: Observation, { responseReference }: Context, resultPrefix: string | undefined): boolean {
  if (resultPrefix !== undefined && resultValueOf(observation)?.startsWith(`${resultPrefix}.`)) return true
  const own = referenceTarget(responseReference)
  return own !== undefined && (observation.derivedFrom?.some((reference) => referenceTarget(reference) === own) ?? false)
}

const isOfScale = ({ code }: Observation, instrument: Instrument, scale: Scale): boolean => {
  const loinc = [scale.loinc, scale.loinc && instrument.loinc]
  return (
    code.coding?.some((c) => (c.system === SCORE_SYSTEM && c.code === scale.code) || (c.system === LOINC && loinc.includes(c.code))) ??
    false
  )
}

/** The complete score of a scale that an Observation states, whoever made it; nothing when it is of another scale, a draft or an error. */
/** A total that an older system stored as text; anything but a whole number is none. */
const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : undefined

export function earlierScoreOf(observation: Observation, instrument: Instrument, scale: Scale): EarlierScore | undefined {
  const value = observation.valueQuantity?.value ?? observation.valueInteger ?? numberIn(observation.valueString)
  const effective = observation.effectiveDateTime ?? observation.effectiveInstant ?? observation.effectivePeriod?.start
  if (value === undefined || effective === undefined || !counts(observation) || !isOfScale(observation, instrument, scale)) return undefined
  const { extension, meta, method, referenceRange, id } = observation
  const infant = infantOf(extension)
  const language = extension?.find(({ url }) => url === LANGUAGE_EXTENSION)?.valueCode
  const textStatus = meta?.tag?.find(({ system }) => system === TEXT_STATUS_SYSTEM)?.code as TextStatus | undefined
  const version = method?.coding?.find(({ system }) => system === METHOD_SYSTEM)?.version
  const high = referenceRange?.[0]?.high?.value
  return {
    value,
    effective,
    reference:
      id === undefined
        ? { type: 'Observation', ...(observation.identifier?.[0] && { identifier: observation.identifier[0] }) }
        : { reference: `Observation/${id}` },
    proxy: extension?.some(({ url, valueBoolean }) => url === PROXY_EXTENSION && valueBoolean === true) ?? false,
    ...(infant && { infant }),
    ...(language !== undefined && { language }),
    ...(textStatus !== undefined && { textStatus }),
    ...(version !== undefined && { version }),
    ...(high !== undefined && { threshold: high + 1 }),
  }
}
