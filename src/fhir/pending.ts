import type { QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import type { Instrument } from '../instrument/instrument.ts'
import type { Result } from '../risk/assessment.ts'
import { identityOf } from '../score/context.ts'
import { resultPrefixOf } from '../score/identity.ts'
import { byTime } from '../trajectory/calendar.ts'
import { resultPrefixIn } from './standing.ts'

/** A response that no RiskAssessment speaks of yet, and what it says when read now. */
export interface Pending {
  readonly response: QuestionnaireResponse
  readonly instrument?: Instrument
  readonly result: Result
}

interface Sources {
  readonly instruments: readonly Instrument[]
  readonly assessments: readonly RiskAssessment[]
  readonly responses: readonly QuestionnaireResponse[]
}

const UNFINISHED = ['in-progress', 'stopped']

export const isUnfinished = ({ status }: QuestionnaireResponse): boolean => UNFINISHED.includes(status)

/** Responses without a result of theirs on the server, retracted ones left out; the newest first. */
export function pendingOf(
  { instruments, assessments, responses }: Sources,
  assess: (response: QuestionnaireResponse) => Result,
): Pending[] {
  const judged = new Set(assessments.map(resultPrefixIn))
  const isJudged = (response: QuestionnaireResponse): boolean => {
    const identity = identityOf(response)
    return identity !== undefined && judged.has(resultPrefixOf(identity))
  }
  return responses
    .filter((response) => response.status !== 'entered-in-error' && (isUnfinished(response) || !isJudged(response)))
    .map((response) => {
      const result = assess(response)
      const instrument = result.outcome === 'refused' ? ownOf(instruments, response) : result.context.instrument
      return { response, ...(instrument && { instrument }), result }
    })
    .sort((one, other) => byTime(other.response.authored ?? '', one.response.authored ?? ''))
}

/** Refused: the instrument by its name alone, in whatever version. */
const ownOf = (instruments: readonly Instrument[], { questionnaire }: QuestionnaireResponse): Instrument | undefined =>
  instruments.find(({ id }) => questionnaire?.includes(`/Questionnaire/${id}|`))
