import { AssessmentError, type IssueCode } from '../errors.ts'

/** A refusal whose HTTP status is not that of its issue type. */
export class HttpRefusal extends AssessmentError {
  readonly status: number

  constructor(status: number, code: IssueCode, message: string) {
    super(code, message)
    this.status = status
  }
}
