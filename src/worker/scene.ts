import type { FhirServer } from '../ehr/fhir-server.ts'
import type { Metrics } from '../metrics.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { AlertHook } from './alert-hook.ts'

/** All that jobs work with. */
export interface Scene {
  /** The hospital servers, by the id of their tenant. */
  readonly servers: ReadonlyMap<string, FhirServer>
  /** The same with tokens for our Subscriptions; absent: the same tokens. */
  readonly subscribers?: ReadonlyMap<string, FhirServer>
  readonly knowledge: Knowledge
  readonly store: DurableStore
  readonly now: () => Date
  readonly metrics?: Metrics
  /** Whom the site has told at once of an immediate result. */
  readonly hook?: AlertHook | undefined
  /** Milliseconds for which a response is claimed after a sign of life; absent: a quarter of a minute. */
  readonly lease?: number | undefined
  /** Milliseconds that the app is given to write the results of a response that it has sent (site setting `writer`). */
  readonly appPatience?: number
}
