/**
 * The FHIR issue types this module raises, each with the HTTP status it answers with.
 * @see https://hl7.org/fhir/R4/valueset-issue-type.html
 */
export const HTTP_STATUS = {
  structure: 400,
  value: 400,
  required: 400,
  invalid: 400,
  invariant: 400,
  duplicate: 400,
  'code-invalid': 400,
  'too-long': 413,
  login: 401,
  expired: 401,
  forbidden: 403,
  'not-found': 404,
  deleted: 410,
  conflict: 412,
  'multiple-matches': 412,
  'not-supported': 422,
  'business-rule': 422,
  throttled: 429,
  exception: 500,
  processing: 502,
  transient: 503,
  informational: 200,
} as const

export type IssueCode = keyof typeof HTTP_STATUS
export type Severity = 'fatal' | 'error' | 'warning' | 'information'

/** One finding, in the words of OperationOutcome.issue. `diagnostics` names linkIds and codes, never answers or people. */
export interface Issue {
  readonly severity: Severity
  readonly code: IssueCode
  /** A FHIRPath to the element, e.g. `QuestionnaireResponse.item[3].answer[0]`. */
  readonly expression?: string
  readonly diagnostics: string
}

/** A failure with a FHIR issue type. Its message names linkIds and codes, never answers or people. */
export class AssessmentError extends Error {
  override readonly name = 'AssessmentError'
  readonly code: IssueCode
  readonly expression: string | undefined

  constructor(code: IssueCode, message: string, options: ErrorOptions & { expression?: string } = {}) {
    super(message, options)
    this.code = code
    this.expression = options.expression
  }
}

/** Whether what these were found in cannot be used as it is. */
export const isBroken = (issues: readonly Issue[]): boolean => issues.some(({ severity }) => severity === 'error' || severity === 'fatal')
