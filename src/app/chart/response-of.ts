import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js'
import { resultPrefixIn } from '../../fhir/standing.ts'
import { identityOf } from '../../score/context.ts'
import { resultPrefixOf } from '../../score/identity.ts'
import type { PatientRecord } from '../clinic.ts'
import type { Point } from './points.ts'

/** The response that a score came from, where it is among those read. */
export function responseOfPoint(
  { responses }: Pick<PatientRecord, 'responses'>,
  { resultPrefix, response }: Point,
): QuestionnaireResponse | undefined {
  return (
    responses.find((one) => prefixOf(one) === resultPrefix && resultPrefix !== undefined) ??
    responses.find(({ id }) => `QuestionnaireResponse/${id}` === response)
  )
}

const prefixOf = (response: QuestionnaireResponse): string | undefined => {
  const identity = identityOf(response)
  return identity === undefined ? undefined : resultPrefixOf(identity)
}

/** The results of a response that the server holds: its RiskAssessment, then its Observations. */
export function resultsHeld(
  { assessments, history }: Pick<PatientRecord, 'assessments' | 'history'>,
  response: QuestionnaireResponse,
): FhirResource[] {
  const prefix = prefixOf(response)
  const isOf = (resource: FhirResource): boolean =>
    (resource.resourceType === 'RiskAssessment' || resource.resourceType === 'Observation') && resultPrefixIn(resource) === prefix
  return prefix === undefined ? [] : [...assessments, ...history].filter(isOf)
}
