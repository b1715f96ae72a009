import type { Observation, RiskAssessment } from 'fhir/r4.js'
import type { Assessment, ResultResource } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { GENERIC } from '../score/generic-form.ts'
import { buildPanelObservation, buildScoreObservation } from './observation.ts'
import { type BuiltResult, frameOf, type Naming } from './result-parts.ts'
import { buildRiskAssessment } from './risk-assessment.ts'

export type Scored = Observation | RiskAssessment

/** What says something about her, alerts apart. */
export const isScored = (resource: ResultResource): resource is Scored =>
  resource.resourceType === 'Observation' || resource.resourceType === 'RiskAssessment'

/** The role part of every result that an instrument's responses can have: its scores, its panel (if it has scores), the RiskAssessment. A form by its own weights has scores only. */
export function rolesOf({ id, scales }: Assessment['context']['instrument']): string[] {
  if (id === GENERIC) return scales.map(({ code }) => code)
  return [...(scales.length > 0 ? [`${id}-panel`] : []), ...scales.map(({ code }) => code), 'risk']
}

/** All results of one response, panel first. The response has an identity: the caller has seen to that. */
export function buildResults(knowledge: Knowledge, assessment: Assessment, naming: Naming): BuiltResult<Scored>[] {
  const { context, scores } = assessment
  const frame = frameOf(knowledge, assessment, naming)
  const observations = scores.map((score) => buildScoreObservation(frame, score))
  if (context.instrument.id === GENERIC) return observations
  return [...(scores.length > 0 ? [buildPanelObservation(frame)] : []), ...observations, buildRiskAssessment(frame)]
}
