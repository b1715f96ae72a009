import { createServer } from 'node:http'
import { createMetrics } from '../metrics.ts'
import { createScoringPool } from '../service/scoring-pool.ts'
import { createWork } from '../worker/work.ts'
import { createWorker, type Worker } from '../worker/worker.ts'
import { listen } from './listen.ts'
import { countingJobs, readingsOf } from './readings.ts'
import { startRounds } from './rounds.ts'
import { createServeApp } from './serve-app.ts'
import type { ServeOptions } from './serve-options.ts'

/** The service as it runs. */
export interface Serving {
  readonly baseUrl: string
  readonly worker: Worker
  /** Nothing new is taken; what is under way has so many milliseconds, the rest goes back to the queue. The store is closed. */
  readonly close: (patience: number) => Promise<void>
}

const THREAD = new URL('./scoring-thread.ts', import.meta.url)

/** The service of a hospital in one process: HTTP, inbox, worker and sweeps. Throws what listening throws. */
export async function startServe(options: ServeOptions): Promise<Serving> {
  const { tenants, knowledge, store, lease, sweepEvery, scoringThreads = 0, now, log } = options
  const server = createServer()
  const listening = await listen(server, options.host, options.port)
  const baseUrl = options.baseUrl?.replace(/\/+$/, '') ?? listening
  const servers = new Map(tenants.map((served) => [served.tenant.id, served.server]))
  const subscribers = new Map(tenants.map((served) => [served.tenant.id, served.subscriber ?? served.server]))
  const metrics = createMetrics(readingsOf({ store, servers: [...servers.values()], site: knowledge.site, now }))
  const work = createWork({ servers, subscribers, knowledge, store, now, metrics, hook: options.hook, lease })
  const worker = createWorker({ queue: store.queue, work, log: countingJobs(metrics, log), ...(lease !== undefined && { lease }) })
  const pool = scoringThreads > 0 ? createScoringPool({ module: THREAD, site: knowledge.site, threads: scoringThreads }) : undefined
  server.on('request', createServeApp(options, { baseUrl, worker, metrics, ...(pool && { score: pool.score }) }))
  const endRounds = startRounds({
    store,
    tenants: [...servers.keys()],
    ...(options.secrets.length > 0 && { inboxOf: (tenant: string) => `${baseUrl}/inbox/subscription/${tenant}` }),
    wake: () => worker.wake(),
    sweepEvery,
    now,
  })
  worker.start()
  log('info', { event: 'started', url: baseUrl })
  const close = async (patience: number): Promise<void> => {
    endRounds()
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    await worker.stop(patience)
    server.closeAllConnections()
    await closed
    await pool?.close()
    store.close()
    log('info', { event: 'stopped' })
  }
  return { baseUrl, worker, close }
}
