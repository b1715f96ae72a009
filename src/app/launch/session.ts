import type { Reference } from 'fhir/r4.js'
import { parseScopes, scopeFor } from '../../ehr/scopes.ts'
import { referenceKey, referenceType } from '../../score/reference.ts'
import { LaunchError } from './fault.ts'

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
}

/** What fhirclient knows after a launch, as far as we read it. */
export interface Granted {
  readonly state: {
    readonly serverUrl: string
    readonly scope?: string | undefined
    readonly tokenResponse?: Readonly<Record<string, unknown>> | undefined
  }
  readonly getFhirUser: () => string | null
}

const CLINICIANS = ['Practitioner', 'PractitionerRole']
const WRITTEN = ['QuestionnaireResponse', 'Observation', 'RiskAssessment', 'Provenance']

/**
 * The session of a completed launch. Refuses (`no-patient`) a launch without a patient in context: nothing here is about nobody.
 * The banner is needed unless the EHR says that it shows one itself.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function sessionOf(client: Granted): Session {
  const { state } = client
  const { patient, encounter, need_patient_banner: banner, scope } = state.tokenResponse ?? {}
  if (typeof patient !== 'string') throw new LaunchError('no-patient')
  const reference = referenceKey({ reference: client.getFhirUser() ?? '' }) || undefined
  const user = reference === undefined ? undefined : { reference }
  const scopes = parseScopes(typeof scope === 'string' ? scope : (state.scope ?? ''))
  return {
    baseUrl: state.serverUrl.replace(/\/+$/, ''),
    patientId: patient,
    ...(typeof encounter === 'string' && { encounterId: encounter }),
    ...(user && { user }),
    isClinician: user !== undefined && CLINICIANS.includes(referenceType(user) ?? ''),
    needsBanner: banner !== false,
    mayWrite: WRITTEN.every((type) => scopeFor(scopes, type, 'c') !== undefined),
  }
}
