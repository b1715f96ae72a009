import type { CodeableConcept, Observation, ObservationComponent, Reference } from 'fhir/r4.js'
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
  return otherScoresOf(known, context, instrument, scale, resultPrefix).filter(({ effective }) => isBefore(effective, context.authored))
}

/** The same of the responses that came after this one. */
export function laterScoresOf(known: Known, context: Context, instrument: Instrument, scale: Scale, resultPrefix?: string): EarlierScore[] {
  return otherScoresOf(known, context, instrument, scale, resultPrefix).filter(({ effective }) => isBefore(context.authored, effective))
}

function otherScoresOf(
  known: Known,
  context: Context,
  instrument: Instrument,
  scale: Scale,
  resultPrefix: string | undefined,
): EarlierScore[] {
  if (known.observations.length === 0) return []
  const [lowest, highest] = rangeOf(instrument, scale)
  const isWhole = hasWholeWeights(instrument)
  // A number that this scale cannot give is somebody's error, and no baseline.
  const isPossible = (value: number): boolean => value >= lowest && value <= highest && (!isWhole || Number.isInteger(value))
  const found = known.observations.flatMap((observation) => {
    const score = earlierScoreOf(observation, instrument, scale)
    const isOther = score !== undefined && isPossible(score.value) && !isOf(observation, context, resultPrefix)
    return isOther ? [{ observation, score }] : []
  })
  return oneOfEach(found)
    .map(({ score }) => score)
    .sort((one, other) => byTime(one.effective, other.effective))
}

const hasWholeWeights = ({ items }: Instrument): boolean =>
  items.every(({ options }) => options.every(({ weight = 0 }) => Number.isInteger(weight)))

interface Found {
  readonly observation: Observation
  readonly score: EarlierScore
}

const resultValueOf = ({ identifier }: Observation): string | undefined => identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value

/**
 * One score for each response. Copies of a result of ours share its identifier. Another system's total of the same response derives from it, or, where it does not say so, stands at
 * the same time with the same value: ours counts then, and of theirs the first.
 */
function oneOfEach(found: readonly Found[]): Found[] {
  const kept = new Map<string, Found>()
  const seen = new Set<string>()
  for (const one of found) {
    const value = resultValueOf(one.observation)
    if (value === undefined) continue
    kept.set(value, one)
    for (const key of traitsOf(one)) seen.add(key)
  }
  for (const one of found.filter(({ observation }) => resultValueOf(observation) === undefined).sort(byId)) {
    const traits = traitsOf(one)
    if (!traits.some((key) => seen.has(key))) kept.set(traits[0]!, one)
    for (const key of traits) seen.add(key)
  }
  return [...kept.values()]
}

/** Which of several stands for them must not depend on their order. */
const byId = ({ observation: one }: Found, { observation: other }: Found): number => ((one.id ?? '') < (other.id ?? '') ? -1 : 1)

const traitsOf = ({ observation, score }: Found): string[] => [
  ...(observation.derivedFrom ?? []).flatMap((reference) => referenceTarget(reference) ?? []),
  `${score.effective} ${score.value}`,
]

function isOf(observation: Observation, { responseReference }: Context, resultPrefix: string | undefined): boolean {
  if (resultPrefix !== undefined && resultValueOf(observation)?.startsWith(`${resultPrefix}.`)) return true
  const own = referenceTarget(responseReference)
  return own !== undefined && (observation.derivedFrom?.some((reference) => referenceTarget(reference) === own) ?? false)
}

const isOfScale = (code: CodeableConcept, instrument: Instrument, scale: Scale, panelToo: boolean): boolean => {
  const loinc = [scale.loinc, panelToo ? scale.loinc && instrument.loinc : undefined]
  return (
    code.coding?.some((c) => (c.system === SCORE_SYSTEM && c.code === scale.code) || (c.system === LOINC && loinc.includes(c.code))) ??
    false
  )
}

/** A total that an older system stored as text; anything but a whole number is none. */
const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,3}\s*$/.test(text) ? Number(text) : undefined

const numberOf = ({ valueQuantity, valueInteger, valueString }: Observation | ObservationComponent): number | undefined =>
  valueQuantity?.value ?? valueInteger ?? numberIn(valueString)

/** The number of a scale: the value of an Observation of it, or of its component in another system's panel. */
function valueIn(observation: Observation, instrument: Instrument, scale: Scale): number | undefined {
  const own = isOfScale(observation.code, instrument, scale, true) ? numberOf(observation) : undefined
  if (own !== undefined || observation.component === undefined || scale.loinc === undefined) return own
  const part = observation.component.find(({ code }) => isOfScale(code, instrument, scale, false))
  return part && numberOf(part)
}

/** The complete score of a scale that an Observation states, whoever made it; nothing when it is of another scale, a draft or an error. */
export function earlierScoreOf(observation: Observation, instrument: Instrument, scale: Scale): EarlierScore | undefined {
  const value = counts(observation) ? valueIn(observation, instrument, scale) : undefined
  const effective = observation.effectiveDateTime ?? observation.effectiveInstant ?? observation.effectivePeriod?.start
  if (value === undefined || effective === undefined) return undefined
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
