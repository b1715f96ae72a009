import type { Observation, RiskAssessment } from 'fhir/r4.js'
import type { Assessment, ResultResource } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { GENERIC } from '../score/generic-form.ts'
import { resultValue } from '../score/identity.ts'
import { buildPanelObservation, buildScoreObservation } from './observation.ts'
import type { Link } from './result-parts.ts'
import { buildRiskAssessment } from './risk-assessment.ts'

/** One resource that a response results in, under its identifier value. */
export interface BuiltResult<R extends ResultResource = ResultResource> {
  readonly value: string
  readonly resource: R
}

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
export function buildResults(knowledge: Knowledge, assessment: Assessment, link: Link): BuiltResult<Scored>[] {
  const { context, scores } = assessment
  const under = (role: string, resource: Scored) => ({ value: resultValue(context.identity!, role), resource })
  const observations = scores.map((score) => under(score.scale.code, buildScoreObservation(knowledge, assessment, score)))
  if (context.instrument.id === GENERIC) return observations
  return [
    ...(scores.length > 0 ? [under(`${context.instrument.id}-panel`, buildPanelObservation(knowledge, assessment, link))] : []),
    ...observations,
    under('risk', buildRiskAssessment(knowledge, assessment, link)),
  ]
}
