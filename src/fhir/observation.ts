import type { CodeableConcept, Extension, Observation, ObservationComponent } from 'fhir/r4.js'
import { type CutOff, LOINC, type Scale } from '../instrument/instrument.ts'
import type { Assessment } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { GENERIC } from '../score/generic-form.ts'
import { resultIdentifier, resultValue } from '../score/identity.ts'
import { boundsOf, type Score } from '../score/score-scale.ts'
import { LANGUAGE_EXTENSION, PROXY_EXTENSION, SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import { cutOffInUse, type Link, metaOf, observationFrame, points, statusOf, US_CORE_SCREENING } from './result-parts.ts'

/**
 * The Observation of one score: its number, or, while answers are missing, its bounds and `dataAbsentReason`.
 * @see https://hl7.org/fhir/R4/observation.html obs-6
 */
export function buildScoreObservation(knowledge: Knowledge, assessment: Assessment, score: Score): Observation {
  const { scale } = score
  const cutOff = cutOffInUse(knowledge.ruleSet, assessment, scale)
  const component = componentsOf(assessment, score)
  return {
    resourceType: 'Observation',
    meta: metaOf(assessment, US_CORE_SCREENING),
    extension: extensionsOf(assessment),
    identifier: [resultIdentifier(resultValue(assessment.context.identity!, scale.code))],
    status: statusOf(assessment),
    code: assessment.context.instrument.id === GENERIC ? genericCode(scale) : codeOf(scale.code, scale.title.en, scale.loinc),
    ...observationFrame(knowledge, assessment),
    ...(score.state === 'complete' ? { valueQuantity: points(score.value) } : { dataAbsentReason: UNKNOWN }),
    ...(cutOff && { interpretation: [interpretationOf(score, cutOff)], referenceRange: [rangeBelow(cutOff)] }),
    ...(component.length > 0 && { component }),
  }
}

/** The panel of one response: no value of its own, its scores as members. */
export function buildPanelObservation(knowledge: Knowledge, assessment: Assessment, link: Link): Observation {
  const { context, scores } = assessment
  const { id, shortTitle, loinc } = context.instrument
  return {
    resourceType: 'Observation',
    meta: metaOf(assessment, US_CORE_SCREENING),
    extension: extensionsOf(assessment),
    identifier: [resultIdentifier(resultValue(context.identity!, `${id}-panel`))],
    status: statusOf(assessment),
    code: codeOf(`${id}-panel`, `${shortTitle.en} panel`, loinc),
    ...observationFrame(knowledge, assessment),
    hasMember: scores.map(({ scale }) => link('Observation', resultValue(context.identity!, scale.code))),
  }
}

const UNKNOWN: CodeableConcept = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown', display: 'Unknown' }],
}

const codeOf = (code: string, display: string, loinc: string | undefined): CodeableConcept => ({
  coding: [{ system: SCORE_SYSTEM, code, display }, ...(loinc === undefined ? [] : [{ system: LOINC, code: loinc }])],
  text: display,
})

/** The total of another's form has no code of ours of its own: what it is, the form's words say. */
const genericCode = ({ title, loinc }: Scale): CodeableConcept => ({
  ...codeOf(GENERIC, 'Total of another form', loinc),
  text: title.en,
})

/** What a later reader needs to tell whether two scores may be compared. */
function extensionsOf({ context }: Assessment): Extension[] {
  return [
    ...(context.infant ? [{ url: INFANT_EXTENSION, valueReference: context.infant }] : []),
    ...(context.language === undefined ? [] : [{ url: LANGUAGE_EXTENSION, valueCode: context.language }]),
    { url: PROXY_EXTENSION, valueBoolean: context.proxy },
  ]
}

/** POS or NEG where it is certain, IND while the cut-off lies between the bounds. */
function interpretationOf(score: Score, { value }: CutOff): CodeableConcept {
  const [lower, upper] = boundsOf(score)
  const [code, display] = lower >= value ? ['POS', 'Positive'] : upper < value ? ['NEG', 'Negative'] : ['IND', 'Indeterminate']
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: code!, display: display! }] }
}

const rangeBelow = ({ id, value, source }: CutOff) => ({ high: points(value - 1), text: `below ${value} (${id}): ${source}` })

const component = (code: string, display: string, value: number): ObservationComponent => ({
  code: { coding: [{ system: SCORE_SYSTEM, code, display }] },
  valueQuantity: points(value),
})

/** Bounds of an incomplete score; of a complete one how it stands to her own earlier ones. A proxy's answers have no baseline. */
function componentsOf({ trajectories, context }: Assessment, score: Score): ObservationComponent[] {
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
