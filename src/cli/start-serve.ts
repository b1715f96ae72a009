import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import type { LaunchSettings, ServiceSettings } from '../config.ts'
import { createFhirServer, type FhirServer } from '../ehr/fhir-server.ts'
import type { AccessTokenSource } from '../ehr/request.ts'
import type { Tenant } from '../ehr/tenant.ts'
import { createTenantVerifier } from '../ehr/tenant-verifier.ts'
import { bearerTokenOf } from '../ehr/verify-token.ts'
import { loadInstalledArtifacts } from '../load-installed.ts'
import type { Log } from '../log.ts'
import { createMetrics, type Metrics, type Readings } from '../metrics.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { createArtifacts } from '../service/artifacts.ts'
import { createInbox } from '../service/inbox.ts'
import { DEFAULT_LIMITS } from '../service/limits.ts'
import { createService, type ServiceOptions } from '../service/service.ts'
import type { AlertHook } from '../worker/alert-hook.ts'
import { guarded, whileClaimed } from '../worker/claimed.ts'
import { oldestUnacknowledged } from '../worker/oldest-unacknowledged.ts'
import { sweepOrder } from '../worker/orders.ts'
import { claimOf } from '../worker/score-job.ts'
import { createWork } from '../worker/work.ts'
import { createWorker, type Worker } from '../worker/worker.ts'
import { writeBack } from '../write-back/write-back.ts'
import { cardsFor } from './cards-for.ts'
import { mountApp } from './mount-app.ts'
import { checksOf } from './serve-checks.ts'

/** One hospital, and its server as we reach it with tokens of our own. */
export interface ServedTenant {
  readonly tenant: Tenant
  readonly server: FhirServer
  /** Our own token there; absent: one was given, and nothing else is asked for. */
  readonly ownToken?: AccessTokenSource
}

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
  readonly now: () => Date
  readonly log: Log
}

export interface Serving {
  readonly baseUrl: string
  readonly worker: Worker
  /** Nothing new is taken; what is under way has so many milliseconds, the rest goes back to the queue. The store is closed. */
  readonly close: (patience: number) => Promise<void>
}

const SWEEP_EVERY = 15 * 60_000
const TIDY_EVERY = 60 * 60_000
const REMEMBERED = 30 * 24 * 60 * 60_000

/** The service of a hospital in one process: HTTP, inbox, worker and sweeps. Throws what listening throws. */
export async function startServe(options: ServeOptions): Promise<Serving> {
  const { store, now, log, tenants } = options
  const server = createServer()
  const listening = await listen(server, options.host, options.port)
  const baseUrl = options.baseUrl?.replace(/\/+$/, '') ?? listening
  const servers = new Map(tenants.map(({ tenant, server: reached }) => [tenant.id, reached]))
  const metrics = createMetrics(readingsOf(options))
  const work = createWork({ servers, knowledge: options.knowledge, store, now, metrics, hook: options.hook, lease: options.lease })
  const worker = createWorker({
    queue: store.queue,
    work,
    log: countingJobs(metrics, log),
    ...(options.lease !== undefined && { lease: options.lease }),
  })
  server.on('request', appOf(options, { baseUrl, worker, metrics }))
  const sweep = () => void sweepAll(options, worker)
  const timers = [setInterval(sweep, options.sweepEvery ?? SWEEP_EVERY), setInterval(() => void tidy(options), TIDY_EVERY)]
  sweep()
  worker.start()
  log('info', { event: 'started', url: baseUrl })
  return { baseUrl, worker, close: (patience) => close({ server, worker, store, timers, log }, patience) }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const { address, family, port: chosen } = server.address() as AddressInfo
      resolve(`http://${family === 'IPv6' ? `[${address}]` : address}:${chosen}`)
    })
  })
}

/** How much is waiting, and since when. */
const readingsOf = ({ store, tenants, knowledge, now }: ServeOptions): Readings => ({
  queueDepth: async () => {
    const { waiting, taken, done, dead } = await store.queue.counts()
    return { waiting, taken, done, dead }
  },
  queueWaiting: async () => {
    const { waitingSince } = await store.queue.counts()
    return waitingSince === undefined ? undefined : (now().getTime() - waitingSince) / 1000
  },
  ...(knowledge.site.onImmediate?.kind === 'task' && {
    oldestUnacknowledged: () =>
      oldestUnacknowledged(
        tenants.map(({ server }) => server),
        now(),
      ),
  }),
})

/** What the worker says of its jobs, counted too. */
const countingJobs =
  (metrics: Metrics, log: Log): Log =>
  (level, event) => {
    if (event.event === 'job' && event.end === 'retry') metrics.retried(event.kind)
    if (event.event === 'job' && event.end === 'dead') metrics.dead(event.kind)
    log(level, event)
  }

interface Parts {
  readonly baseUrl: string
  readonly worker: Worker
  readonly metrics: Metrics
}

function appOf(options: ServeOptions, { baseUrl, worker, metrics }: Parts): express.Express {
  const { store, now, log, secrets, tenants } = options
  const app = express().disable('x-powered-by')
  const ids = tenants.map(({ tenant }) => tenant.id)
  if (secrets.length > 0) {
    const inbox = { secrets, tenants: ids, queue: store.queue, values: store.values, wake: () => worker.wake(), now, log }
    app.use(createInbox(inbox))
  }
  app.get('/', startPage)
  const { clientId, allowedIssuers = tenants.map(({ tenant }) => tenant.fhirBaseUrl), sandbox = false } = options.launch
  mountApp(app, options.knowledge.site, { clientId, allowedIssuers, sandbox, frameAncestors: [] })
  const cds = tenantCards(options, baseUrl)
  const more = {
    ...(cds && { cds }),
    allowedOrigins: options.settings.allowedOrigins,
    metrics,
    limits: DEFAULT_LIMITS,
    checks: checksOf(options),
  }
  return app.use(createService({ ...serviceOptions(options, baseUrl), ...more }))
}

/** Cards for the hospitals that say who signs their calls. */
function tenantCards({ tenants, settings, store, now }: ServeOptions, origin: string) {
  const clients = tenants.flatMap(({ tenant: { cds, fhirBaseUrl } }) => (cds === undefined ? [] : [{ ...cds, fhirBaseUrl }]))
  return clients.length === 0 ? undefined : cardsFor({ clients, origin, store, now, ...settings })
}

/** Callers bring tokens of their hospital; what they ask to read or write is read and written there, with those. */
function serviceOptions({ tenants, knowledge, store, publicKeys, metricsToken, now, log }: ServeOptions, baseUrl: string): ServiceOptions {
  const verify = createTenantVerifier(
    tenants.map(({ tenant }) => tenant),
    { audience: `${baseUrl}/fhir`, now, ownToken: ({ id }) => tenants.find(({ tenant }) => tenant.id === id)?.ownToken },
  )
  const serverFor = async (authorization: string): Promise<FhirServer> => {
    const { tenant } = await verify(authorization)
    return createFhirServer({ baseUrl: tenant.fhirBaseUrl, accessToken: () => bearerTokenOf(authorization) })
  }
  return {
    knowledge,
    baseUrl: `${baseUrl}/fhir`,
    verify: async (authorization) => (await verify(authorization)).token,
    artifacts: createArtifacts(loadInstalledArtifacts(knowledge.site)),
    smartConfiguration: {
      capabilities: ['permission-v2'],
      associated_endpoints: tenants.map(({ tenant }) => ({ url: tenant.fhirBaseUrl, capabilities: ['permission-v2'] })),
    },
    publicKeys,
    ...(metricsToken !== undefined && { metricsToken }),
    now,
    log,
    readResponse: async (id, authorization) => (await serverFor(authorization)).read('QuestionnaireResponse', id),
    writeResults: async (received, history, authorization, forms) => {
      const response = received as Parameters<typeof writeBack>[0]['response']
      const server = await serverFor(authorization)
      const order = { knowledge: { ...knowledge, forms }, response, recording: { recorded: now().toISOString() }, history }
      const { result, written, bundle, notWritten } = await whileClaimed(store.claims, claimOf(server, response), (stillOurs) =>
        writeBack({ ...order, server: guarded(server, stillOurs) }),
      )
      return { result, references: written.map(({ reference }) => reference), ...(bundle && { bundle }), ...(notWritten && { notWritten }) }
    },
  }
}

const startPage: RequestHandler = (_req, res) => {
  res.type('text/plain').send('Kizuna: scoring service. FHIR: /fhir/metadata. Health: /health/ready.\n')
}

/** What a full disk or a locked file keeps from being ordered now is ordered next time. */
const sweepAll = ({ store, tenants }: ServeOptions, worker: Worker): Promise<void> =>
  store.queue.send(tenants.map(({ tenant }) => sweepOrder(tenant.id))).then(
    () => worker.wake(),
    () => undefined,
  )

const tidy = ({ store, now }: ServeOptions): Promise<void> => store.queue.forget(now().getTime() - REMEMBERED).catch(() => undefined)

interface Running {
  readonly server: Server
  readonly worker: Worker
  readonly store: DurableStore
  readonly timers: readonly ReturnType<typeof setInterval>[]
  readonly log: Log
}

async function close({ server, worker, store, timers, log }: Running, patience: number): Promise<void> {
  for (const timer of timers) clearInterval(timer)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  await worker.stop(patience)
  server.closeAllConnections()
  await closed
  store.close()
  log('info', { event: 'stopped' })
}
