import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import express, { type RequestHandler, type Response } from 'express'
import { createFhirServer, type FhirServer } from '../ehr/fhir-server.ts'
import { loadInstalledArtifacts } from '../load-installed.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import type { Log } from '../log.ts'
import { createMetrics } from '../metrics.ts'
import { type DurableStore, openStore } from '../queue/open-store.ts'
import type { Knowledge, Site } from '../risk/knowledge.ts'
import { createLaunchPage } from '../sandbox/launch-page.ts'
import { loadStories } from '../sandbox/load-stories.ts'
import { motherEntries } from '../sandbox/mothers.ts'
import { seed } from '../sandbox/seed.ts'
import { LOOPBACK_PAGES } from '../sandbox/smart/page.ts'
import { createArtifacts } from '../service/artifacts.ts'
import { DEFAULT_LIMITS } from '../service/limits.ts'
import { createService } from '../service/service.ts'
import { asCaller } from './as-caller.ts'
import { cardsFor } from './cards-for.ts'
import { listen } from './listen.ts'
import { mountApp } from './mount-app.ts'
import { readingsOf } from './readings.ts'
import { makeRunFolder } from './run-folder.ts'
import { createEmbeddedEhr, type EmbeddedEhr } from './sandbox-ehr.ts'
import { serviceTokens } from './service-token.ts'
import { UsageError } from './shell.ts'

export interface SandboxOptions {
  readonly port: number
  readonly data?: string
  readonly site: Site
  readonly now: () => Date
  readonly log: Log
}

export interface Sandbox {
  readonly baseUrl: string
  readonly close: () => Promise<void>
}

/**
 * The embedded EHR with its synthetic mothers, the service and the app, on 127.0.0.1 in this process. When it returns everything is there to be
 * opened. Throws UsageError when the port is taken.
 */
export async function startSandbox({ port, data, site, now, log }: SandboxOptions): Promise<Sandbox> {
  const server = createServer()
  const baseUrl = await listen(server, '127.0.0.1', port).catch((error: NodeJS.ErrnoException) => {
    throw portError(error, port)
  })
  const runFolder = await makeRunFolder(Number(new URL(baseUrl).port))
  const knowledge = loadKnowledge(site)
  const stories = loadStories()
  const ehr = await createEmbeddedEhr({
    origin: baseUrl,
    check: knowledge.check,
    patients: () => motherEntries(stories),
    keyFolder: data ?? runFolder,
    ...(data !== undefined && { data }),
    now,
  })
  const store = openStore({ folder: data ?? runFolder, now: () => now().getTime() })
  let isReady = false
  const app = express()
    .disable('x-powered-by')
    .use(onlyLoopbackNames)
    .use('/ehr', ehr.router)
    .use((_req, res, next) => (isReady ? next() : answerStarting(res)))
  server.on('request', app)
  const hospital = hospitalOf(ehr)
  const { toldOn } = await seed({ server: hospital, knowledge, stories, today: dayOf(now()), now: now().toISOString() })
  app.get('/', createLaunchPage({ stories, baseUrl, toldOn, today: () => dayOf(now()) }))
  mountApp(app, site, { clientId: 'kizuna-app', allowedIssuers: [ehr.fhirBaseUrl], sandbox: true, frameAncestors: [LOOPBACK_PAGES] })
  app.use(serviceOf({ ehr, hospital, knowledge, baseUrl, store, now, log }))
  isReady = true
  log('info', { event: 'started', url: baseUrl })
  return { baseUrl, close: () => close(server, ehr, store, runFolder) }
}

function portError(error: NodeJS.ErrnoException, port: number): Error {
  const fix = 'choose another with --port, or --port 0 for any that is free.'
  if (error.code === 'EADDRINUSE') return new UsageError(`Port ${port} is taken by another program: stop it, or ${fix}`)
  return error.code === 'EACCES' ? new UsageError(`Port ${port} may not be used by this user: ${fix}`) : error
}

/** A page from elsewhere that has its name point at this machine (DNS rebinding) gets nothing. */
const onlyLoopbackNames: RequestHandler = (req, res, next) => {
  if (/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(req.headers.host ?? '')) next()
  else res.status(421).type('text/plain').send('This server answers to 127.0.0.1 and localhost only.\n')
}

/** Who opens the page before the mothers are written gets it a second later. */
const answerStarting = (res: Response): unknown =>
  res.status(503).set({ 'Retry-After': '1', Refresh: '1' }).type('text/plain').send('Starting: the synthetic mothers are being written.\n')

/** The embedded EHR through its front door, with a token, as any service reaches it. */
function hospitalOf(ehr: EmbeddedEhr): FhirServer {
  const order = { tokenUrl: ehr.tokenUrl, clientId: 'kizuna-service', key: ehr.serviceKey, scope: 'system/*.cruds' }
  return createFhirServer({ baseUrl: ehr.fhirBaseUrl, accessToken: serviceTokens(order) })
}

interface ServiceParts {
  readonly ehr: EmbeddedEhr
  readonly hospital: FhirServer
  readonly knowledge: Knowledge
  readonly baseUrl: string
  readonly store: DurableStore
  readonly now: () => Date
  readonly log: Log
}

/** The scoring service, trusting the tokens of the embedded EHR; it reads and writes there with the caller's own. */
function serviceOf({ ehr, hospital, knowledge, baseUrl, store, now, log }: ServiceParts) {
  return createService({
    knowledge,
    baseUrl: `${baseUrl}/fhir`,
    verify: ehr.verify,
    artifacts: createArtifacts(loadInstalledArtifacts(knowledge.site)),
    smartConfiguration: ehr.smartConfiguration,
    publicKeys: () => ehr.serviceKey.publicKeys,
    limits: DEFAULT_LIMITS,
    metrics: createMetrics(readingsOf({ store, servers: [hospital], site: knowledge.site, now })),
    checks: { queue: () => store.queue.counts() },
    cds: cardsFor({ clients: [ehr.cdsClient], origin: baseUrl, store, now }),
    now,
    log,
    ...asCaller({ knowledge, claims: store.claims, baseUrlFor: async () => ehr.fhirBaseUrl, now }),
  })
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)

async function close(server: Server, ehr: EmbeddedEhr, store: DurableStore, runFolder: string): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
  ehr.close()
  store.close()
  await rm(runFolder, { recursive: true, force: true })
}
