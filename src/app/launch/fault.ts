import { AssessmentError } from '../../errors.ts'

/** Why there is no chart: each has its own page of what happened, what is safe and what to do. */
export type Fault = 'wrong-issuer' | 'no-session' | 'denied' | 'not-smart' | 'no-network' | 'no-patient' | 'expired' | 'forbidden' | 'other'

/** A launch that cannot go on, with its reason. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
  readonly fault: Fault

  constructor(fault: Fault, options: ErrorOptions = {}) {
    super(fault, options)
    this.fault = fault
  }
}

const BY_CODE: Partial<Record<AssessmentError['code'], Fault>> = {
  transient: 'no-network',
  login: 'expired',
  expired: 'expired',
  forbidden: 'forbidden',
}

/** What fhirclient says, by its texts: it has no codes. */
const BY_TEXT: readonly (readonly [RegExp, Fault])[] = [
  [/no 'state' parameter|no state found/i, 'no-session'],
  [/access_denied|consent|denied/i, 'denied'],
  [/invalid_grant|invalid_request|code.*(expired|used)/i, 'no-session'],
  [/well-?known|conformance|metadata|pkce|code challenge/i, 'not-smart'],
  [/failed to fetch|networkerror|load failed|network/i, 'no-network'],
  [/expired|unauthorized/i, 'expired'],
]

/** The fault of anything thrown during launch or while the chart is read. */
export function faultOf(error: unknown): Fault {
  if (error instanceof LaunchError) return error.fault
  if (error instanceof AssessmentError) return BY_CODE[error.code] ?? 'other'
  const text = error instanceof Error ? error.message : String(error)
  return BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
}
