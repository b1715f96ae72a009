import type { Connection } from '../../ehr/request.ts'
import { AssessmentError } from '../../errors.ts'
import { LaunchError } from './fault.ts'
import type { Granted } from './session.ts'

/** Seconds before its end at which a token is exchanged. */
const EARLY = 30
/** Milliseconds within which the requests that were under way together count as refused for the same old token. */
const TOGETHER = 5_000
const PATIENCE = 20_000

interface TokenParts {
  readonly client: Granted
  /** Keeps what the login gave, where a reload finds it. */
  readonly keep: (state: Granted['state']) => void
  readonly now: () => number
}

/**
 * The token of each request. It is exchanged shortly before its end, and once more when the server no longer takes it; the new refresh token
 * replaces the old. fhirclient's own refresh forgets the refresh token when the network fails: here a session outlives that.
 * Throws `wrong-patient` when the login has come to be about another patient; `expired` when it has ended; `transient` when it may pass.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#refresh-access-token
 */
export function createTokenSource({ client, keep, now }: TokenParts): NonNullable<Connection['accessToken']> {
  const { state } = client
  const patient = state.tokenResponse?.patient
  let running: Promise<void> | undefined
  let exchangedAt = Number.NEGATIVE_INFINITY

  const exchange = async (): Promise<void> => {
    const given = await fetchTokens(state)
    state.tokenResponse = { ...state.tokenResponse, ...given }
    state.expiresAt = now() / 1000 + (Number(given.expires_in) || 300)
    exchangedAt = now()
    keep(state)
  }
  const refresh = (): Promise<void> => {
    running ??= exchange().finally(() => {
      running = undefined
    })
    return running
  }
  return async ({ fresh }) => {
    const { refresh_token: mayRefresh } = state.tokenResponse ?? {}
    const left = (state.expiresAt ?? Number.POSITIVE_INFINITY) - now() / 1000
    if (fresh && mayRefresh === undefined) throw new AssessmentError('expired', 'The login has ended')
    if (mayRefresh !== undefined && (fresh ? now() - exchangedAt > TOGETHER : left < EARLY)) {
      await refresh().catch((error: unknown) => forgive(error, left))
    }
    const { patient: current, access_token: token } = state.tokenResponse ?? {}
    if (current !== patient) throw new LaunchError('wrong-patient')
    return typeof token === 'string' ? token : undefined
  }
}

/** A token that still lives is used, though no newer one could be had. */
function forgive(error: unknown, left: number): void {
  const mayPass = error instanceof AssessmentError && error.code === 'transient'
  if (!mayPass || left <= 0) throw error
}

async function fetchTokens({ tokenUri = '', clientId = '', tokenResponse }: Granted['state']): Promise<Record<string, unknown>> {
  const form = { grant_type: 'refresh_token', refresh_token: String(tokenResponse?.refresh_token), client_id: clientId }
  const asked = fetch(tokenUri, { method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.timeout(PATIENCE) })
  const answer = await asked.catch((cause: unknown) => {
    throw new AssessmentError('transient', 'The login server gave no answer', { cause })
  })
  if (answer.status >= 500 || answer.status === 429) throw new AssessmentError('transient', `The login server answered ${answer.status}`)
  if (!answer.ok) throw new AssessmentError('expired', 'The login has ended')
  const given: unknown = await answer.json().catch(() => undefined)
  if (typeof given === 'object' && given !== null && 'access_token' in given) return given as Record<string, unknown>
  throw new AssessmentError('expired', 'The login server gave no new token')
}
