import type { OperationOutcome, OperationOutcomeIssue } from 'fhir/r4.js'
import { AssessmentError, type Issue } from '../errors.ts'

/**
 * The OperationOutcome of these issues, in their order; with none, one that says that all is well (an OperationOutcome
 * has at least one issue).
 * @see https://hl7.org/fhir/R4/operationoutcome.html
 */
export function operationOutcome(issues: readonly Issue[]): OperationOutcome {
  const none: Issue = { severity: 'information', code: 'informational', diagnostics: 'No issues' }
  return { resourceType: 'OperationOutcome', issue: (issues.length > 0 ? issues : [none]).map(buildIssue) }
}

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
