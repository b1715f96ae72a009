import { AssessmentError } from '../../errors.ts'

/** Why there is no chart: each has its own page of what happened, what is safe and what to do. */
export const FAULTS = [
  'no-issuer',
  'wrong-issuer',
  'insecure',
  'no-network',
  'cors',
  'not-smart',
  'no-pkce',
  'no-storage',
  'denied',
  'not-registered',
  'no-scope',
  'login-server',
  'no-session',
  'code-expired',
  'no-patient',
  'wrong-patient',
  'expired',
  'forbidden',
  'site-file',
  'other',
] as const
export type Fault = (typeof FAULTS)[number]

/** A launch that cannot go on, with its reason. `detail` is for the IT team: an address or a status, never a code, a token or a name. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError'
  readonly fault: Fault
  readonly detail: string | undefined

  constructor(fault: Fault, options: ErrorOptions & { detail?: string } = {}) {
    super(fault, options)
    this.fault = fault
    this.detail = options.detail
  }
}

const BY_CODE: Partial<Record<AssessmentError['code'], Fault>> = {
  transient: 'no-network',
  login: 'expired',
  expired: 'expired',
  forbidden: 'forbidden',
}

/** The error codes of OAuth 2.0, as they come back to the page or from the token endpoint. @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 */
const BY_OAUTH: Readonly<Record<string, Fault>> = {
  access_denied: 'denied',
  login_required: 'denied',
  consent_required: 'denied',
  interaction_required: 'denied',
  unauthorized_client: 'not-registered',
  invalid_client: 'not-registered',
  invalid_scope: 'no-scope',
  server_error: 'login-server',
  temporarily_unavailable: 'login-server',
  invalid_grant: 'code-expired',
  invalid_request: 'code-expired',
  unsupported_response_type: 'not-smart',
  unsupported_grant_type: 'not-smart',
}

/** What fhirclient says, by its texts: it has no codes. */
const BY_TEXT: readonly (readonly [RegExp, Fault])[] = [
  [/no 'state' parameter|no state found/i, 'no-session'],
  [/well-?known|conformance|metadata/i, 'not-smart'],
  [/pkce|code challenge/i, 'no-pkce'],
  [/failed to fetch|networkerror|load failed|network/i, 'no-network'],
  [/^5\d\d /, 'login-server'],
  [/^4\d\d |access token/i, 'code-expired'],
]

/** The fault of anything thrown during launch or while the chart is read. */
export function faultOf(error: unknown): Fault {
  if (error instanceof LaunchError) return error.fault
  if (error instanceof AssessmentError) return BY_CODE[error.code] ?? 'other'
  if (error instanceof DOMException && error.name === 'SecurityError') return 'no-storage'
  const text = error instanceof Error ? error.message : String(error)
  return oauthFaultOf(text) ?? BY_TEXT.find(([pattern]) => pattern.test(text))?.[1] ?? 'other'
}

/** The first error code of OAuth that stands in a text; the description after it is the server's and decides nothing. */
function oauthFaultOf(text: string): Fault | undefined {
  const code = text.match(/\b[a-z]+_[a-z_]+\b/g)?.find((word) => Object.hasOwn(BY_OAUTH, word))
  return code === undefined ? undefined : BY_OAUTH[code]
}
