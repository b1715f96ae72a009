import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { AssessmentError, type Issue } from '../errors.ts'
import { type Json, json, list, object } from '../json.ts'
import { once } from '../once.ts'

/**
 * The OperationOutcome of these issues, in their order; with none, one that says that all is well (an OperationOutcome
 * has at least one issue).
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
export const operationOutcome = (issues: readonly Issue[]): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue: (issues.length > 0 ? issues : NO_ISSUES).map(buildIssue),
})

/** The same as text. */
export const outcomeText = (issues: readonly Issue[]): Json<OperationOutcome> =>
  object<OperationOutcome>({ resourceType: OPERATION_OUTCOME, issue: list((issues.length > 0 ? issues : NO_ISSUES).map(issueText))! })

const NO_ISSUES: readonly Issue[] = [{ severity: 'information', code: 'informational', diagnostics: 'No issues' }]
const OPERATION_OUTCOME = json('OperationOutcome' as const)

/** What is said of many responses is one issue, made once. */
const issueText = once((issue: Issue) => json(buildIssue(issue)))

function buildIssue({ severity, code, diagnostics, expression }: Issue): OperationOutcomeIssue {
  return { severity, code, diagnostics, ...(expression !== undefined && { expression: [expression] }) }
}

/** The OperationOutcome of any thrown value. What we did not raise ourselves stays unexplained: it may hold anything. */
export function operationOutcomeOf(error: unknown): OperationOutcome {
  if (!(error instanceof AssessmentError))
    return operationOutcome([{ severity: 'error', code: 'exception', diagnostics: 'Internal error' }])
  const { code, message, expression } = error
  return operationOutcome([{ severity: 'error', code, diagnostics: message, ...(expression !== undefined && { expression }) }])
}
