import type { Scope } from '../../ehr/scopes.ts'

/** What the holder of an access token may do, as the authorization server says. */
export interface Grant {
  readonly clientId: string
  readonly scopes: readonly Scope[]
  /** Id of the patient in context; `patient/…` scopes reach her compartment only. */
  readonly patient?: string
  /** `Practitioner/…`, `Patient/…` or `RelatedPerson/…`, relative or absolute. */
  readonly fhirUser?: string
}
