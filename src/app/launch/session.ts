import type { Reference } from 'fhir/r4.js'
import { referenceKey, referenceType } from '../../score/reference.ts'
import { type Lacking, lackingIn } from './ability.ts'
import { LaunchError } from './fault.ts'
import { type Opening, openingOf } from './launch-context.ts'

/** Who launched the app, for whom, and what it was granted. */
export interface Session {
  readonly baseUrl: string
  readonly patientId: string
  readonly encounterId?: string
  /** Who is logged in, as `Type/id`; absent when the EHR did not say. */
  readonly user?: Reference
  /** A Practitioner or PractitionerRole: the chart opens. Anyone else gets questionnaires, and no scores. */
  readonly isClinician: boolean
  readonly needsBanner: boolean
  /** Whether results may be written with what was granted. */
  readonly mayWrite: boolean
  /** What the login does not permit, with the scopes that it lacks. */
  readonly lacking?: Lacking
  /** What the EHR asks to be opened first. */
  readonly opening?: Opening
  /** Where the EHR's colours and sizes are to be had. */
  readonly styleUrl?: string
}

/** What fhirclient knows after a launch, as far as we read it. */
export interface Granted {
  readonly state: {
    readonly serverUrl: string
    readonly key?: string | undefined
    readonly clientId?: string | undefined
    readonly tokenUri?: string | undefined
    readonly scope?: string | undefined
    /** Seconds since 1970. */
    expiresAt?: number | undefined
    tokenResponse?: Readonly<Record<string, unknown>> | undefined
  }
  readonly getFhirUser: () => string | null
}

const CLINICIANS = ['Practitioner', 'PractitionerRole']

/**
 * The session of a completed launch. Refuses one that was broken off before there was a token (`no-session`), and one without a patient in
 * context (`no-patient`): nothing here is about nobody. The banner is needed unless the EHR says that it shows one itself.
 * `tenant` and whatever else a server adds is passed over.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function sessionOf(client: Granted): Session {
  const { state } = client
  const told = state.tokenResponse ?? {}
  if (typeof told.access_token !== 'string') throw new LaunchError('no-session')
  if (typeof told.patient !== 'string') throw new LaunchError('no-patient', { detail: state.serverUrl })
  const reference = referenceKey({ reference: client.getFhirUser() ?? '' }) || undefined
  const user = reference === undefined ? undefined : { reference }
  const lacking = lackingIn(typeof told.scope === 'string' ? told.scope : (state.scope ?? ''))
  const opening = openingOf(told)
  return {
    baseUrl: state.serverUrl.replace(/\/+$/, ''),
    patientId: told.patient,
    ...(typeof told.encounter === 'string' && { encounterId: told.encounter }),
    ...(user && { user }),
    isClinician: user !== undefined && CLINICIANS.includes(referenceType(user) ?? ''),
    needsBanner: told.need_patient_banner !== false,
    mayWrite: lacking.write === undefined,
    lacking,
    ...(opening && { opening }),
    ...(typeof told.smart_style_url === 'string' && { styleUrl: told.smart_style_url }),
  }
}
