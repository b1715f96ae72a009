import type { Connection } from '../../ehr/request.ts'
import { LaunchError } from './fault.ts'
import { isAllowedIssuer } from './issuer.ts'
import { type Granted, type Session, sessionOf } from './session.ts'
import type { AppSettings } from './settings.ts'

const READ_AND_WRITE = [
  'openid fhirUser online_access',
  'patient/Patient.r patient/RelatedPerson.rs patient/Encounter.r',
  'patient/QuestionnaireResponse.crus patient/Observation.crus patient/RiskAssessment.crus patient/Provenance.crs',
].join(' ')

/** A client of fhirclient after login: the part of it that is used here. */
export interface SmartClient extends Granted {
  readonly refreshIfNeeded: () => Promise<unknown>
  readonly refresh: () => Promise<unknown>
}

/** fhirclient's browser build, as far as it is used: an argument, so that a launch can be tested without a browser. */
export interface Smart {
  readonly authorize: (settings: Readonly<Record<string, unknown>>) => Promise<unknown>
  readonly ready: () => Promise<SmartClient>
}

export interface Launched {
  readonly session: Session
  readonly accessToken: NonNullable<Connection['accessToken']>
}

/**
 * Where a page load leads. With `iss` the EHR has just launched us: log in, and nothing follows, for the page is left. With a code (or an
 * error) we are back from the login, and after a reload fhirclient still knows us. With none of these there is no launch.
 * `stateKey` is given because fhirclient's own comes from `Math.random()`.
 */
export async function launch(smart: Smart, address: URL, settings: AppSettings): Promise<Launched | 'leaving' | 'no-launch'> {
  const { searchParams: query } = address
  const issuer = query.get('iss')
  if (issuer !== null) {
    await authorize(smart, address, settings, issuer)
    return 'leaving'
  }
  const returned = query.has('code') || query.has('error')
  try {
    const client = await smart.ready()
    return { session: sessionOf(client), accessToken: tokenSource(client) }
  } catch (error) {
    if (!returned && isWithoutSession(error)) return 'no-launch'
    throw error
  }
}

async function authorize(smart: Smart, address: URL, { clientId, allowedIssuers }: AppSettings, issuer: string): Promise<void> {
  if (!isAllowedIssuer(issuer, allowedIssuers, address.origin)) throw new LaunchError('wrong-issuer')
  const launchScope = address.searchParams.has('launch') ? 'launch' : 'launch/patient'
  await smart.authorize({
    clientId,
    iss: issuer,
    scope: `${launchScope} ${READ_AND_WRITE}`,
    redirectUri: `${address.origin}${address.pathname}`,
    stateKey: crypto.randomUUID(),
    pkceMode: 'required',
    completeInTarget: true,
  })
}

const isWithoutSession = (error: unknown): boolean => error instanceof Error && /no 'state' parameter|no state found/i.test(error.message)

/** The token of each request: refreshed shortly before it ends, and once more when the server no longer takes it. */
function tokenSource(client: SmartClient): Launched['accessToken'] {
  return async ({ fresh }) => {
    await (fresh && client.state.tokenResponse?.refresh_token ? client.refresh() : client.refreshIfNeeded())
    const token = client.state.tokenResponse?.access_token
    return typeof token === 'string' ? token : undefined
  }
}
