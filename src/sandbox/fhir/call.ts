import type { ResourceCheck } from '../../fhir/check-resource.ts'
import type { Access } from './access.ts'
import type { AnyResource } from './resource.ts'
import type { SearchScene } from './search-clause.ts'
import type { Store, Version } from './store.ts'

/** What every call of one request works with. */
export interface Call extends SearchScene {
  readonly store: Store
  readonly access: Access
  readonly check: ResourceCheck
  readonly newId: () => string
  readonly referentialIntegrity: boolean
  /** `Prefer: handling=lenient`: unknown search parameters are passed over, and that is said. */
  readonly lenient: boolean
}

/** What came of one interaction: a version that was read or written, or a Bundle. */
export interface Outcome {
  readonly status: number
  /** A write shows its body only as far as the client prefers. */
  readonly isWrite: boolean
  readonly version?: Version
  /** The body; absent where there is nothing to show or the caller may not see it. */
  readonly body?: AnyResource
}
