import type { FhirServer } from '../ehr/fhir-server.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { HealthChecks } from '../service/health.ts'

interface Checked {
  readonly tenants: readonly { readonly server: FhirServer }[]
  readonly store: DurableStore
  readonly now: () => Date
}

/** What `kizuna serve` cannot do without: a queue that can be written, and some hospital's server that answers: one that is down keeps nobody else waiting. */
export function checksOf({ tenants, store, now }: Checked): HealthChecks {
  return {
    queue: () => store.values.set('checked', now().toISOString()),
    fhir: sometimes(() => Promise.any(tenants.map(({ server }) => server.capabilities())), now),
  }
}

const ASKED_EVERY = 60_000

/** What went well is not asked again for a minute. */
function sometimes(check: () => Promise<unknown>, now: () => Date): () => Promise<unknown> {
  let until = 0
  return async () => {
    if (now().getTime() < until) return
    await check()
    until = now().getTime() + ASKED_EVERY
  }
}
