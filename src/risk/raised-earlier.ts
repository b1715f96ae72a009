import type { RiskAssessment } from 'fhir/r4.js'
import { identityOf } from '../score/context.ts'
import { resultValue } from '../score/identity.ts'
import { safetyAnswersOf } from '../score/safety-answers.ts'
import type { Known } from '../trajectory/history.ts'
import type { Knowledge } from './knowledge.ts'
import type { RuleSet } from './rule-set.ts'

/**
 * The safety items that an earlier version of this response raised, from that version or from its RiskAssessment: an amendment does not silently
 * clear them. What was entered in error raised nothing.
 */
export function raisedEarlier(knowledge: Knowledge, identity: string | undefined, { responses, assessments }: Known): ReadonlySet<string> {
  if (identity === undefined || responses.length + assessments.length === 0) return new Set()
  const versions = responses.filter((response) => identityOf(response) === identity && response.status !== 'entered-in-error')
  const answered = versions.flatMap((version) =>
    [...safetyAnswersOf(knowledge, version)].filter(([, weight]) => weight > 0).map(([linkId]) => linkId),
  )
  const value = resultValue(identity, 'risk')
  const own = assessments.filter(
    ({ identifier, status }) => identifier?.some((one) => one.value === value) && status !== 'entered-in-error',
  )
  return new Set([...answered, ...own.flatMap((one) => itemsRaisedBy(knowledge.ruleSet, one))])
}

/** A safety rule whose code stands with a prediction fired then. */
function itemsRaisedBy(ruleSet: RuleSet, { prediction }: RiskAssessment): readonly string[] {
  const codes =
    prediction?.flatMap(({ extension }) => extension?.flatMap(({ extension: parts }) => parts?.[0]?.valueCoding?.code ?? []) ?? []) ?? []
  return ruleSet.rules.flatMap(({ id, when }) => (when.op === 'safety-item' && codes.includes(id) ? when.items : []))
}
