import type { FhirServer } from '../../ehr/fhir-server.ts'
import type { SigningKeys } from '../../ehr/signing-keys.ts'
import type { SmartConfiguration } from '../../ehr/smart-configuration.ts'
import type { Tenant } from '../../ehr/tenant.ts'

/** `skipped`: it could not be tried, and why. */
export type Verdict = 'ok' | 'warn' | 'fail' | 'skipped'

/** One thing that was looked at. It holds no token, and of what a server says only what is about us. */
export interface Finding {
  readonly check: string
  readonly verdict: Verdict
  readonly says: string
  /** What to do, for `warn` and `fail`. */
  readonly fix?: string
}

/** Who is examined, and as whom; filled as checks succeed. */
export interface Examination {
  readonly baseUrl: string
  readonly now: () => Date
  readonly site: SiteSettings
  /** The launch URL of the app, where its registration is to be tried. */
  readonly appUrl?: string
  readonly tenant?: Tenant
  readonly keys?: SigningKeys
  /** With a token, once there is one. */
  readonly server?: FhirServer
  readonly configuration?: SmartConfiguration
}

/** What the site file says that decides about a launch. */
export interface SiteSettings {
  readonly clientId: string
  readonly allowedIssuers?: readonly string[]
}

/** The four verdicts. What warns or fails says what to do. */
export const ok = (check: string, says: string): Finding => ({ check, verdict: 'ok', says })
export const skipped = (check: string, says: string): Finding => ({ check, verdict: 'skipped', says })
export const warn = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'warn', says, fix })
export const fail = (check: string, says: string, fix: string): Finding => ({ check, verdict: 'fail', says, fix })

/** What an error says, in one line. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
