import type { CodeableConcept, Observation, ObservationComponent, ObservationReferenceRange } from 'fhir/r4.js'
import { type CutOff, type Instrument, LOINC, type Scale } from '../instrument/instrument.ts'
import { type Json, json, list, object, type Parts } from '../json.ts'
import { once } from '../once.ts'
import { GENERIC } from '../score/generic-form.ts'
import { boundsOf, type Score } from '../score/score-scale.ts'
import { METHOD_SYSTEM, SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import { type BuiltResult, cutOffInUse, type Frame, namesOf, points } from './result-parts.ts'

/**
 * The Observation of one score: its number, or, while answers are missing, its bounds and `dataAbsentReason`.
 * @see https://hl7.org/fhir/R4/observation.html obs-6
 */
export function buildScoreObservation(frame: Frame, score: Score): BuiltResult<Observation> {
  const { knowledge, assessment } = frame
  const { scale } = score
  const cutOff = cutOffInUse(knowledge.ruleSet, assessment, scale)
  return buildObservation(frame, scale.code, {
    code: assessment.context.instrument.id === GENERIC ? genericCode(scale) : scoreCode(scale),
    valueQuantity: score.state === 'complete' ? json(points(score.value)) : undefined,
    dataAbsentReason: score.state === 'complete' ? undefined : UNKNOWN,
    interpretation: cutOff && interpretationOf(score, cutOff),
    referenceRange: cutOff && rangeBelow(cutOff),
    component: list(componentsOf(frame, score)),
  })
}

/** The panel of one response: no value of its own, its scores as members. */
export function buildPanelObservation(frame: Frame): BuiltResult<Observation> {
  const { instrument } = frame.assessment.context
  return buildObservation(frame, `${instrument.id}-panel`, { code: panelCode(instrument), hasMember: list(frame.scores) })
}

/** What every Observation of one response says, and what this one says besides. */
function buildObservation(
  frame: Frame,
  role: string,
  { code, ...own }: Partial<Parts<Observation>> & Pick<Parts<Observation>, 'code'>,
): BuiltResult<Observation> {
  const { value, id, identifier } = namesOf(frame, 'Observation', role)
  const text = object<Observation>({
    resourceType: OBSERVATION,
    id,
    meta: frame.screeningMeta,
    extension: frame.about,
    identifier,
    status: frame.status,
    code,
    category: frame.category,
    subject: frame.subject,
    encounter: frame.encounter,
    effectiveDateTime: frame.authored,
    issued: frame.issued,
    method: methodOf(frame.assessment.context.instrument),
    device: frame.device,
    derivedFrom: list([frame.response]),
    ...own,
  })
  return { value, type: 'Observation', text }
}

const OBSERVATION = json('Observation' as const)

const methodOf = once(
  ({ id, version, shortTitle }: Instrument): Json<CodeableConcept> =>
    json({ coding: [{ system: METHOD_SYSTEM, version, code: id, display: `${shortTitle.en} ${version}` }] }),
)

const UNKNOWN: Json<CodeableConcept> = json({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown', display: 'Unknown' }],
})

const codeOf = (code: string, display: string, loinc: string | undefined, text = display): Json<CodeableConcept> =>
  json({ coding: [{ system: SCORE_SYSTEM, code, display }, ...(loinc === undefined ? [] : [{ system: LOINC, code: loinc }])], text })

const scoreCode = once(({ code, title, loinc }: Scale) => codeOf(code, title.en, loinc))
const panelCode = once(({ id, shortTitle, loinc }: Instrument) => codeOf(`${id}-panel`, `${shortTitle.en} panel`, loinc))

/** The total of another's form has no code of ours of its own: what it is, the form's words say. */
const genericCode = once(({ title, loinc }: Scale) => codeOf(GENERIC, 'Total of another form', loinc, title.en))

const interpretation = (code: string, display: string): Json<CodeableConcept[]> =>
  json([{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code, display }] }])

const POSITIVE = interpretation('POS', 'Positive')
const NEGATIVE = interpretation('NEG', 'Negative')
const INDETERMINATE = interpretation('IND', 'Indeterminate')

/** POS or NEG where it is certain, IND while the cut-off lies between the bounds. */
function interpretationOf(score: Score, { value }: CutOff): Json<CodeableConcept[]> {
  const [lower, upper] = boundsOf(score)
  return lower >= value ? POSITIVE : upper < value ? NEGATIVE : INDETERMINATE
}

const rangeBelow = once(
  ({ id, value, source }: CutOff): Json<ObservationReferenceRange[]> =>
    json([{ high: points(value - 1), text: `below ${value} (${id}): ${source}` }]),
)

const component = (code: string, display: string, value: number): Json<ObservationComponent> =>
  json({ code: { coding: [{ system: SCORE_SYSTEM, code, display }] }, valueQuantity: points(value) })

/** Bounds of an incomplete score; of a complete one how it stands to her own earlier ones. A proxy's answers have no baseline. */
function componentsOf({ assessment: { trajectories, context } }: Frame, score: Score): Json<ObservationComponent>[] {
  if (score.state === 'incomplete')
    return [component('lower', 'Lowest possible', score.lower), component('upper', 'Highest possible', score.upper)]
  const { mean, change, deviation } = trajectories.get(score.scale.code) ?? {}
  if (context.proxy) return []
  return [
    ...(mean === undefined ? [] : [component('baseline-mean', 'Mean of her earlier scores', mean)]),
    ...(change === undefined ? [] : [component('change', 'Change since her last score', change)]),
    ...(deviation === undefined ? [] : [component('deviation', 'Difference from her own mean', deviation)]),
  ]
}
