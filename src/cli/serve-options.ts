import type { LaunchSettings, ServiceSettings } from '../config.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import type { AccessTokenSource } from '../ehr/request.ts'
import type { Tenant } from '../ehr/tenant.ts'
import type { Log } from '../log.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { AlertHook } from '../worker/alert-hook.ts'

/** One hospital, and its server as we reach it with tokens of our own. */
export interface ServedTenant {
  readonly tenant: Tenant
  readonly server: FhirServer
  /** The same with tokens for our Subscriptions; absent: the same tokens. */
  readonly subscriber?: FhirServer
  /** Our own token there; absent: one was given, and nothing else is asked for. */
  readonly ownToken?: AccessTokenSource
}

/** All that the running service is told. */
export interface ServeOptions {
  readonly host: string
  readonly port: number
  /** As others reach us; absent: where we listen. */
  readonly baseUrl?: string | undefined
  readonly tenants: readonly ServedTenant[]
  readonly settings: ServiceSettings
  readonly launch: LaunchSettings
  readonly knowledge: Knowledge
  readonly store: DurableStore
  /** Of the inbox; none: nobody can tell us anything. */
  readonly secrets: readonly string[]
  readonly publicKeys: () => object
  /** Lets a scraper read the metrics. */
  readonly metricsToken?: string | undefined
  /** Whom the site has told at once of an immediate result. */
  readonly hook?: AlertHook | undefined
  /** Milliseconds between two sweeps. */
  readonly sweepEvery?: number
  /** Milliseconds for which a job and its response are ours after a sign of life. */
  readonly lease?: number
  /** Threads that score bodies of `$score`; 0 or absent: the one that does all else. */
  readonly scoringThreads?: number
  readonly now: () => Date
  readonly log: Log
}
