import type { Connection } from '../../ehr/request.ts'
import { checkServer, silenceOf } from './discovery.ts'
import { faultOf, LaunchError } from './fault.ts'
import { checkIssuer } from './issuer.ts'
import { type Granted, type Session, sessionOf } from './session.ts'
import type { AppSettings } from './settings.ts'
import type { TabStorage } from './storage.ts'
import { createTokenSource } from './token-source.ts'

const READ_AND_WRITE = [
  'openid fhirUser online_access',
  'patient/Patient.rs patient/RelatedPerson.rs patient/Encounter.r patient/Questionnaire.r',
  'patient/QuestionnaireResponse.crus patient/Observation.crus patient/RiskAssessment.crus patient/Provenance.crs',
  'patient/Task.crus patient/Flag.crus',
].join(' ')

/** fhirclient's browser build, as far as it is used: an argument, so that a launch can be tested without a browser. */
export interface Smart {
  readonly authorize: (settings: Readonly<Record<string, unknown>>) => Promise<unknown>
  readonly ready: () => Promise<Granted>
  readonly settings: Record<string, unknown>
}

/** The page, as far as a launch touches it. */
export interface LaunchPage {
  readonly address: URL
  /** Absent where the browser gives the page none: then nobody can log in. */
  readonly storage: TabStorage | undefined
  /** Shows another address without loading it. */
  readonly show: (address: string) => void
  /** Leaves the page for another. */
  readonly leave: (address: string) => void
}

export interface Launched {
  readonly session: Session
  readonly accessToken: NonNullable<Connection['accessToken']>
  /** Just back from the login, not a reload: what the EHR asks to be opened is opened once. */
  readonly isNew: boolean
}

/**
 * Where a page load leads. With `iss` the EHR has just launched us: log in, and nothing follows, for the page is left. With a code (or an
 * error) we are back from the login, and after a reload the `state` in the address still says whose login is ours. With none of these there is
 * no launch.
 *
 * fhirclient keeps each login under its `state`, and the address keeps the `state`: frames and tabs that share one store do not meet. The code
 * stays in the address until it is exchanged, so that a load which the network broke can be repeated.
 */
export async function launch(
  smart: Smart,
  page: LaunchPage,
  settings: AppSettings | Promise<AppSettings>,
): Promise<Launched | 'leaving' | 'no-launch'> {
  Object.assign(smart.settings, { fullSessionStorageSupport: false, replaceBrowserHistory: false })
  const { searchParams: query } = page.address
  const issuer = query.get('iss')
  if (issuer !== null) {
    await authorize(smart, page, await settings, issuer)
    return 'leaving'
  }
  if (query.has('launch')) throw new LaunchError('no-issuer')
  if (!['code', 'error', 'state'].some((name) => query.has(name))) return 'no-launch'
  const { storage } = page
  if (storage === undefined) throw new LaunchError('no-storage')
  const client = await smart.ready().catch((error: unknown) => explain(error, page))
  const session = sessionOf(client)
  const { origin, pathname } = page.address
  page.show(`${origin}${pathname}?${new URLSearchParams({ state: client.state.key ?? '' })}`)
  const keep = (state: Granted['state']): void => storage.setItem(state.key ?? '', JSON.stringify(state))
  return { session, accessToken: createTokenSource({ client, keep, now: () => Date.now() }), isNew: query.has('code') }
}

/**
 * PKCE always, whatever the server says of itself, and a `state` of 122 random bits: fhirclient's own comes from `Math.random()`.
 * fhirclient lets the address overrule its settings (`clientId`, `patientId`, `fhirServiceUrl`): a link that tries is refused.
 */
async function authorize(smart: Smart, { address, storage, leave }: LaunchPage, settings: AppSettings, issuer: string): Promise<void> {
  const { searchParams: query, origin, pathname } = address
  checkIssuer(issuer, settings.allowedIssuers, origin)
  if (query.getAll('iss').length > 1 || ['clientId', 'patientId', 'fhirServiceUrl'].some((name) => query.has(name))) {
    throw new LaunchError('wrong-issuer')
  }
  if (storage === undefined) throw new LaunchError('no-storage')
  const login = smart.authorize({
    noRedirect: true,
    clientId: settings.clientId,
    iss: issuer,
    scope: `${query.has('launch') ? 'launch' : 'launch/patient'} ${READ_AND_WRITE}`,
    redirectUri: `${origin}${pathname}`,
    stateKey: crypto.randomUUID(),
    pkceMode: 'required',
    completeInTarget: true,
  })
  // Both at once, since fhirclient asks the server as well; what is wrong with the server is said by the check.
  const [checked, asked] = await Promise.allSettled([checkServer(issuer), login])
  if (checked.status === 'rejected') throw checked.reason
  if (asked.status === 'rejected') throw asked.reason
  leave(String(asked.value))
}

/** fhirclient's errors as faults; a silent token endpoint is asked why. */
async function explain(error: unknown, { address, storage }: LaunchPage): Promise<never> {
  const fault = faultOf(error)
  if (fault !== 'no-network') throw new LaunchError(fault, { cause: error })
  const kept: unknown = JSON.parse(storage?.getItem(address.searchParams.get('state') ?? '') ?? '{}')
  const { tokenUri } = kept as Granted['state']
  if (tokenUri === undefined) throw new LaunchError(fault, { cause: error })
  throw new LaunchError(await silenceOf(tokenUri), { cause: error, detail: tokenUri })
}
