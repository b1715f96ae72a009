import type { RequestHandler } from 'express'
import { isLoopback } from './clients.ts'
import { PageError } from './oauth-error.ts'
import { type Parameters, parametersOrPage } from './parameters.ts'
import { type Difficulty, type LaunchContext, OUTCOMES, type Outcome, type Realm } from './realm.ts'

/** Who opens a chart when nobody is named: a synthetic midwife. */
export const MIDWIFE = 'Practitioner/midwife'

/** What a link to the EHR launch says; names as in the query. */
export interface LaunchLink {
  readonly patient: string
  readonly launch_url: string
  readonly encounter?: string
  readonly user?: string
  readonly intent?: string
  readonly need_patient_banner?: 'true' | 'false'
  /** JSON array. */
  readonly fhir_context?: string
  /** An absolute URL of this machine, or `none`. */
  readonly smart_style_url?: string
  /** The most that is granted. */
  readonly scopes?: string
  /** Seconds that an access token lives, 1 to 900. */
  readonly lifetime?: string
  readonly outcome?: Outcome
  /** `appContext` of a CDS card. */
  readonly app_context?: string
}

const ID = /^[A-Za-z0-9.-]{1,64}$/
const USER = /^(Practitioner|PractitionerRole|Patient|RelatedPerson)\/[A-Za-z0-9.-]{1,64}$/

/** The plain link that opens an app in a patient's chart, below the base URL of the EHR (`…/ehr`). */
export function launchLink(ehrBaseUrl: string, link: LaunchLink): string {
  return `${ehrBaseUrl}/launch?${new URLSearchParams({ ...link })}`
}

/**
 * `GET /ehr/launch`: opens the app at `launch_url` with `iss` and a launch token good for one authorization within five minutes.
 * No login. Only apps of this machine or this server are opened. Faults are shown as a page.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#launch-app-ehr-launch
 */
export function launchEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = parametersOrPage(req.query)
    const address = launchAddressOf(parameters, realm)
    const launch = realm.launches.add(await launchContextOf(parameters, realm))
    address.searchParams.set('iss', realm.fhirBaseUrl)
    address.searchParams.set('launch', launch)
    res.redirect(address.href)
  }
}

function launchAddressOf({ launch_url: address }: Parameters, { fhirBaseUrl }: Realm): URL {
  if (address === undefined || !URL.canParse(address)) throw new PageError('The launch names no app: launch_url must be an absolute URL.')
  const url = new URL(address)
  if (!isLoopback(address) && url.origin !== new URL(fhirBaseUrl).origin) {
    throw new PageError('The launch_url is refused: only apps on this machine can be opened.')
  }
  return url
}

async function launchContextOf(parameters: Parameters, { patients }: Realm): Promise<LaunchContext> {
  const { patient, encounter, user = MIDWIFE, intent, need_patient_banner: banner, app_context: appContext } = parameters
  if (!(await patients()).some(({ id }) => id === patient)) throw new PageError('There is no such patient here.')
  if (encounter !== undefined && !ID.test(encounter)) throw new PageError('The encounter is not a resource id.')
  checkUser(user, patient!)
  const fhirContext = fhirContextOf(parameters.fhir_context)
  const [style, difficulty] = [styleOf(parameters), difficultyOf(parameters)]
  const optional = {
    ...(encounter && { encounter }),
    ...(intent && { intent }),
    ...(fhirContext && { fhirContext }),
    ...(appContext && { appContext }),
    ...(style !== undefined && { style }),
    ...(difficulty && { difficulty }),
  }
  return { patient: patient!, user, needPatientBanner: banner !== 'false', fromChart: true, ...optional }
}

function styleOf({ smart_style_url: address }: Parameters): string | undefined {
  if (address === undefined || address === 'none' || isLoopback(address)) return address
  throw new PageError('The smart_style_url is refused: only an address on this machine, or none.')
}

function difficultyOf({ scopes, lifetime, outcome }: Parameters): Difficulty | undefined {
  if (scopes === undefined && lifetime === undefined && outcome === undefined) return undefined
  const seconds = lifetime === undefined ? undefined : Number(lifetime)
  if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= 900))
    throw new PageError('The lifetime is a whole number of seconds from 1 to 900.')
  if (outcome !== undefined && !isOutcome(outcome)) throw new PageError(`The outcome is one of ${OUTCOMES.join(', ')}.`)
  return { ...(scopes && { scopes }), ...(seconds && { lifetime: seconds }), ...(outcome && { outcome }) }
}

const isOutcome = (text: string): text is Outcome => (OUTCOMES as readonly string[]).includes(text)

/** Throws unless it is a person, and a mother only for her own record. */
export function checkUser(user: string, patient: string): void {
  if (!USER.test(user)) throw new PageError('The user must be a Practitioner, PractitionerRole, Patient or RelatedPerson, as Type/id.')
  if (user.startsWith('Patient/') && user !== `Patient/${patient}`) throw new PageError('A patient can open only her own record.')
}

/** SMART 2.2, fhirContext: objects with reference, canonical or identifier; Patient and Encounter only in another role than `launch`. */
function fhirContextOf(text: string | undefined): object[] | undefined {
  if (text === undefined) return undefined
  const list = parsed(text)
  if (!Array.isArray(list) || !list.every(isContextItem)) throw new PageError('The fhir_context is not as SMART App Launch 2.2 defines it.')
  return list
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isContextItem(item: unknown): item is object {
  if (typeof item !== 'object' || item === null) return false
  const { reference, canonical, identifier, role } = item as Record<string, unknown>
  if (reference === undefined && canonical === undefined && identifier === undefined) return false
  if (role !== undefined && (typeof role !== 'string' || role === '')) return false
  const isOther = role !== undefined && role !== 'launch'
  return reference === undefined || (typeof reference === 'string' && (isOther || !/^(Patient|Encounter)\//.test(reference)))
}
