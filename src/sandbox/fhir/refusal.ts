import { AssessmentError, HTTP_STATUS, type Issue, type IssueCode } from '../../errors.ts'

/** A refused call: the HTTP status and the issues of its OperationOutcome. The status is given, as one issue type may need several. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly issues: readonly Issue[]

  constructor(status: number, issues: readonly Issue[], options: ErrorOptions = {}) {
    super(issues.map(({ diagnostics }) => diagnostics).join('; '), options)
    this.status = status
    this.issues = issues
  }
}

/** A refusal with one issue, of severity error. */
export const refusal = (status: number, code: IssueCode, diagnostics: string, expression?: string): Refusal =>
  new Refusal(status, [{ severity: 'error', code, diagnostics, ...(expression !== undefined && { expression }) }])

/** Any thrown value as a refusal. What nobody raised on purpose is a 500 whose cause stays unexplained to the caller. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof AssessmentError) return refusal(HTTP_STATUS[error.code], error.code, error.message, error.expression)
  return new Refusal(500, [{ severity: 'fatal', code: 'exception', diagnostics: 'Internal error' }], { cause: error })
}

/** Runs one entry of a Bundle; its refusal comes out with expressions that start at `Bundle.entry[index]`. */
export function withinEntry<T>(index: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { status, issues, cause } = refusalOf(error)
    throw new Refusal(
      status,
      issues.map((issue) => ({ ...issue, expression: expressionWithin(index, issue.expression) })),
      { cause },
    )
  }
}

function expressionWithin(index: number, expression: string | undefined): string {
  const entry = `Bundle.entry[${index}]`
  if (expression === undefined) return entry
  return expression.startsWith('Bundle.') ? expression : `${entry}.resource${expression.replace(/^[A-Za-z]+/, '')}`
}
