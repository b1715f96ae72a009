import express, { type RequestHandler } from 'express'
import { createTenantVerifier } from '../ehr/tenant-verifier.ts'
import { loadInstalledArtifacts } from '../load-installed.ts'
import type { Metrics } from '../metrics.ts'
import { createArtifacts } from '../service/artifacts.ts'
import { createInbox } from '../service/inbox.ts'
import { DEFAULT_LIMITS } from '../service/limits.ts'
import type { Scorer } from '../service/scoring.ts'
import { createService } from '../service/service.ts'
import type { Worker } from '../worker/worker.ts'
import { asCaller } from './as-caller.ts'
import { cardsFor } from './cards-for.ts'
import { mountApp } from './mount-app.ts'
import { checksOf } from './serve-checks.ts'
import type { ServeOptions } from './serve-options.ts'

interface Parts {
  /** As others reach us, without a slash at the end. */
  readonly baseUrl: string
  readonly worker: Worker
  readonly metrics: Metrics
  /** Absent: scoring is done on this thread. */
  readonly score?: Scorer
}

/** All that `kizuna serve` answers: the inbox where there are secrets, the start page, the app, the service. */
export function createServeApp(options: ServeOptions, { worker, ...parts }: Parts): express.Express {
  const { store, now, log, secrets, tenants, knowledge, launch } = options
  const app = express().disable('x-powered-by')
  const ids = tenants.map(({ tenant }) => tenant.id)
  if (secrets.length > 0) {
    const inbox = { secrets, tenants: ids, queue: store.queue, values: store.values, wake: () => worker.wake(), now, log }
    app.use(createInbox(inbox))
  }
  app.get('/', startPage)
  const { clientId, allowedIssuers = tenants.map(({ tenant }) => tenant.fhirBaseUrl), sandbox = false } = launch
  mountApp(app, knowledge.site, { clientId, allowedIssuers, sandbox, frameAncestors: [] })
  return app.use(serviceOf(options, parts))
}

const startPage: RequestHandler = (_req, res) => {
  res
    .type('text/plain')
    .send('Kizuna: scoring service. FHIR: /fhir/metadata. Health: /health/ready.\nWhat the rules look at: /rules.en.html, /rules.ja.html\n')
}

/** Callers bring tokens of their hospital; what they ask to read or write is read and written there, with those. */
function serviceOf(options: ServeOptions, { baseUrl, metrics, score }: Omit<Parts, 'worker'>) {
  const { tenants, settings, knowledge, store, publicKeys, metricsToken, now, log } = options
  const verify = createTenantVerifier(
    tenants.map(({ tenant }) => tenant),
    { audience: `${baseUrl}/fhir`, now, ownToken: ({ id }) => tenants.find(({ tenant }) => tenant.id === id)?.ownToken },
  )
  const cds = tenantCards(options, baseUrl)
  const baseUrlFor = async (authorization: string) => (await verify(authorization)).tenant.fhirBaseUrl
  return createService({
    knowledge,
    baseUrl: `${baseUrl}/fhir`,
    verify: async (authorization) => (await verify(authorization)).token,
    artifacts: createArtifacts(loadInstalledArtifacts(knowledge.site)),
    smartConfiguration: {
      capabilities: ['permission-v2'],
      associated_endpoints: tenants.map(({ tenant }) => ({ url: tenant.fhirBaseUrl, capabilities: ['permission-v2'] })),
    },
    publicKeys,
    ...(score && { score }),
    ...(cds && { cds }),
    allowedOrigins: settings.allowedOrigins,
    limits: DEFAULT_LIMITS,
    checks: checksOf(options),
    metrics,
    ...(metricsToken !== undefined && { metricsToken }),
    now,
    log,
    ...asCaller({ knowledge, claims: store.claims, baseUrlFor, now }),
  })
}

/** Cards for the hospitals that say who signs their calls. */
function tenantCards({ tenants, settings, store, now }: ServeOptions, origin: string) {
  const clients = tenants.flatMap(({ tenant: { cds, fhirBaseUrl } }) => (cds === undefined ? [] : [{ ...cds, fhirBaseUrl }]))
  return clients.length === 0 ? undefined : cardsFor({ clients, origin, store, now, ...settings })
}
