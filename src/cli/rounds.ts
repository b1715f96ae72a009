import type { DurableStore } from '../queue/open-store.ts'
import { sweepOrder, watchOrder } from '../worker/orders.ts'

interface RoundsOptions {
  readonly store: DurableStore
  /** Whose servers are swept. */
  readonly tenants: readonly string[]
  /** Where servers tell us of responses; absent: nobody can. */
  readonly inboxOf?: (tenant: string) => string
  /** Work was ordered. */
  readonly wake: () => void
  /** Milliseconds between two sweeps. */
  readonly sweepEvery?: number | undefined
  readonly now: () => Date
}

const SWEEP_EVERY = 15 * 60_000
const TIDY_EVERY = 60 * 60_000
const REMEMBERED = 30 * 24 * 60 * 60_000

/** What the service does by itself, the first time at once: has every hospital's server swept and looks whether it still tells us, and forgets what is long done. The answer ends it. */
export function startRounds({ store, tenants, inboxOf, wake, sweepEvery = SWEEP_EVERY, now }: RoundsOptions): () => void {
  // What a full disk or a locked file keeps from being done now is done next time.
  const watches = inboxOf === undefined ? [] : tenants.map((tenant) => watchOrder(tenant, inboxOf(tenant)))
  const orders = [...watches, ...tenants.map(sweepOrder)]
  const sweep = () => void store.queue.send(orders).then(wake, () => undefined)
  const tidy = () => {
    void store.queue.forget(now().getTime() - REMEMBERED).catch(() => undefined)
    void store.claims.forget(now().getTime() - TIDY_EVERY).catch(() => undefined)
  }
  const timers = [setInterval(sweep, sweepEvery), setInterval(tidy, TIDY_EVERY)]
  sweep()
  tidy()
  return () => timers.forEach(clearInterval)
}
