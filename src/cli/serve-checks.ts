import type { FhirServer } from '../ehr/fhir-server.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Knowledge, Site } from '../risk/knowledge.ts'
import type { HealthChecks } from '../service/health.ts'
import { oldestUnacknowledged } from '../worker/oldest-unacknowledged.ts'

interface Checked {
  readonly tenants: readonly { readonly server: FhirServer }[]
  readonly knowledge: Pick<Knowledge, 'site'>
  readonly store: DurableStore
  readonly now: () => Date
}

/** What `kizuna serve` cannot do without: a queue that can be written, and some hospital's server that answers: one that is down keeps nobody else waiting. */
export function checksOf({ tenants, knowledge, store, now }: Checked): HealthChecks {
  return {
    alerts: () => isAttended(tenants, knowledge.site, now()),
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

/** False: nobody has acknowledged a safety answer, and the time for it is over; those who watch the service hear of it too. */
async function isAttended(tenants: Checked['tenants'], { onImmediate }: Site, now: Date): Promise<boolean> {
  if (onImmediate?.kind !== 'task') return true
  const { escalateAfterMinutes, dueMinutes = 30 } = onImmediate
  const oldest = await oldestUnacknowledged(
    tenants.map(({ server }) => server),
    now,
  )
  return oldest === undefined || oldest <= (escalateAfterMinutes ?? dueMinutes) * 60
}
