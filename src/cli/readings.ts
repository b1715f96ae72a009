import type { FhirServer } from '../ehr/fhir-server.ts'
import type { Log } from '../log.ts'
import type { Metrics, Readings } from '../metrics.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Site } from '../risk/knowledge.ts'
import { oldestUnacknowledged } from '../worker/oldest-unacknowledged.ts'

interface Read {
  readonly store: DurableStore
  /** Where alerts may be waiting for somebody to see them. */
  readonly servers: readonly FhirServer[]
  readonly site: Site
  readonly now: () => Date
}

/** What the metrics ask for when they are read: how much is waiting, and since when; where the site has Tasks made of alerts, the oldest that nobody has seen. */
export const readingsOf = ({ store, servers, site, now }: Read): Readings => ({
  queueDepth: async () => {
    const { waiting, taken, done, dead } = await store.queue.counts()
    return { waiting, taken, done, dead }
  },
  queueWaiting: async () => {
    const { waitingSince } = await store.queue.counts()
    return waitingSince === undefined ? undefined : (now().getTime() - waitingSince) / 1000
  },
  ...(site.onImmediate?.kind === 'task' && { oldestUnacknowledged: () => oldestUnacknowledged(servers, now()) }),
})

/** The log that counts, too, what the worker says of its jobs. */
export const countingJobs =
  (metrics: Metrics, log: Log): Log =>
  (level, event) => {
    if (event.event === 'job' && event.end === 'retry') metrics.retried(event.kind)
    if (event.event === 'job' && event.end === 'dead') metrics.dead(event.kind)
    log(level, event)
  }
