import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { safetyAnswersOf } from '../score/safety-answers.ts'

const UNHELPFUL = ['forbidden', 'not-found', 'deleted', 'not-supported', 'processing']

/**
 * The earlier versions of a response in which a safety answer speaks, as its server still has them: one that was refused, or amended before anybody scored it,
 * left no RiskAssessment that would say so. What stands before an entry in error is no version of these answers any more. Servers without a history have none.
 */
export async function fetchRaising(
  server: FhirServer,
  knowledge: Knowledge,
  { id, meta }: QuestionnaireResponse,
): Promise<QuestionnaireResponse[]> {
  if (id === undefined || meta?.versionId === undefined || meta.versionId === '1') return []
  const versions = await server.history<QuestionnaireResponse>('QuestionnaireResponse', id).catch((error: unknown) => {
    if (error instanceof AssessmentError && UNHELPFUL.includes(error.code)) return []
    throw error
  })
  const newestFirst = versions.toSorted((one, other) => changedAt(other) - changedAt(one))
  const error = newestFirst.findIndex(({ status }) => status === 'entered-in-error')
  const standing = error < 0 ? newestFirst : newestFirst.slice(0, error)
  return standing.filter((version) => [...safetyAnswersOf(knowledge, version).values()].some((weight) => weight > 0))
}

const changedAt = ({ meta }: QuestionnaireResponse): number => Date.parse(meta?.lastUpdated ?? '') || 0
