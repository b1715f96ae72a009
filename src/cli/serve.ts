import { availableParallelism } from 'node:os'
import { type Config, loadConfig, loadLaunchSettings, loadServiceSettings, loadSite, loadTenants } from '../config.ts'
import { createTokenSource } from '../ehr/backend-services.ts'
import { backendClientOf, createTenantServer, type Tenant } from '../ehr/tenant.ts'
import { AssessmentError } from '../errors.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import { createLog } from '../log.ts'
import { openStore } from '../queue/open-store.ts'
import { type AlertTest, hasWay, isConfirmed, sendAlertTest } from './alert-test.ts'
import { baseUrlOf, connect, keyFileOf, tenantOf } from './connect.ts'
import { loadSigningKeys } from './key-file.ts'
import type { ServedTenant } from './serve-options.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'
import { startServe } from './start-serve.ts'

export interface ServeCommandOptions {
  readonly port?: string
  readonly data?: string
  readonly site?: string
  readonly to?: string
  readonly token?: string
}

/** Milliseconds that jobs under way are given when the service is told to stop; what systemd and Docker wait by default is more. */
const PATIENCE = 8_000

/** Unless the environment says so: each holds all knowledge, some 60 MB. */
const MOST_THREADS = 4

/** `kizuna serve`: runs until it is told to stop. The first line of output is the base URL. */
export async function serve(_: readonly string[], options: ServeCommandOptions, shell: Shell): Promise<ExitCode> {
  const config = loadConfig(shell.env)
  const site = options.site ?? config.KIZUNA_SITE
  const { served, publicKeys } = await tenantsOf(options, site, shell)
  const store = openStore({ folder: options.data ?? config.KIZUNA_DATA, now: () => shell.now().getTime() })
  const own = loadSite(site)
  const launch = loadLaunchSettings(site)
  const hook = own.alertWebhook === undefined ? undefined : { url: own.alertWebhook, token: config.KIZUNA_ALERT_TOKEN }
  if (launch.sandbox !== true)
    await checkAlerts({ site: own, hook, server: served[0]!.server, values: store.values, now: shell.now() }, () => store.close())
  const serving = await startServe({
    host: config.HOST,
    port: options.port === undefined ? config.PORT : portOf(options.port),
    baseUrl: config.KIZUNA_BASE_URL,
    tenants: served,
    settings: loadServiceSettings(site),
    launch,
    knowledge: loadKnowledge(own),
    hook,
    store,
    secrets: secretsOf(config),
    publicKeys,
    metricsToken: config.KIZUNA_METRICS_TOKEN,
    scoringThreads: config.KIZUNA_SCORING_THREADS ?? Math.min(MOST_THREADS, availableParallelism() - 1),
    now: shell.now,
    log: createLog(config.LOG_LEVEL, shell.err),
  }).catch((error: NodeJS.ErrnoException) => {
    store.close()
    if (error.code === undefined) throw error
    throw new UsageError(
      `Nobody can listen on ${config.HOST}, port ${options.port ?? config.PORT} (${error.code}): choose others with HOST and --port.`,
    )
  })
  shell.out.write(`${serving.baseUrl}\n${welcomeOf(served, config)}`)
  await stopped(shell.stop)
  await serving.close(PATIENCE)
  return EXIT.done
}

/** With patients, nobody must find out on the day that alerts arrive nowhere: it starts when somebody has confirmed a test message. */
async function checkAlerts(test: AlertTest, close: () => void): Promise<void> {
  if (await isConfirmed(test.values, test.site)) return
  const reason = await refusalOf(test).finally(close)
  throw new UsageError(reason)
}

async function refusalOf(test: AlertTest): Promise<string> {
  if (!hasWay(test.site))
    return 'Nobody would hear of an immediate result: set alertWebhook, or onImmediate with a Task, in the site file ("sandbox": true for synthetic data).'
  try {
    await sendAlertTest(test)
    return 'A test message is on its way to whoever gets the alerts. Ask them for its code, run `kizuna config confirm-alert CODE`, and start again.'
  } catch (error) {
    if (!(error instanceof AssessmentError)) throw error
    return `The test message to whoever gets the alerts did not arrive: ${error.message}.`
  }
}

/** The tenants of the site file; or the one that `--to` names, with a token or as the environment says. */
async function tenantsOf({ to, token }: ServeCommandOptions, site: string | undefined, shell: Shell) {
  if (to !== undefined) return oneTenant(to, token, site, shell)
  const tenants = loadTenants(site)
  if (tenants.length === 0)
    throw new UsageError('There is no hospital server to work with: name tenants in the site file, or one with --to.')
  const reached = await Promise.all(tenants.map((tenant) => reach(tenant, shell)))
  const keys = () => ({ keys: reached.flatMap(({ publicKeys }) => publicKeys.keys) })
  return { served: reached.map(({ served }) => served), publicKeys: keys }
}

async function oneTenant(to: string, token: string | undefined, site: string | undefined, shell: Shell) {
  const target = { url: to, flag: '--to', token, site }
  const fhirBaseUrl = baseUrlOf(target)
  const tenant = tenantOf(fhirBaseUrl, site, shell.env) ?? { id: 'default', fhirBaseUrl, clientId: 'kizuna-service' }
  if (token !== undefined) return { served: [{ tenant, server: await connect(target, shell) }], publicKeys: () => ({ keys: [] }) }
  const { served, publicKeys } = await reach(tenant, shell)
  return { served: [served], publicKeys: () => publicKeys }
}

async function reach(tenant: Tenant, { env, now }: Shell) {
  const keys = await loadSigningKeys(keyFileOf(tenant, env))
  const ownToken = createTokenSource(backendClientOf(tenant, { keys, now }))
  const subscriber = createTenantServer(tenant, { keys, now, scope: 'system/Subscription.rus' })
  const served: ServedTenant = { tenant, ownToken, subscriber, server: createTenantServer(tenant, { keys, now }) }
  return { served, publicKeys: keys.publicKeys }
}

export const secretsOf = ({ KIZUNA_INBOX_SECRET: secrets }: Config): string[] => secrets?.split(' ') ?? []

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError('--port takes a number from 0 to 65535; 0 lets the system choose.')
}

function welcomeOf(served: readonly ServedTenant[], config: Config): string {
  const tenants = served.map(({ tenant }) => `  ${tenant.id.padEnd(12)} ${tenant.fhirBaseUrl}\n`).join('')
  const inbox =
    config.KIZUNA_INBOX_SECRET === undefined ? 'no inbox: KIZUNA_INBOX_SECRET is not set, so that only sweeps find responses\n' : ''
  return `${tenants}${inbox}Stop with Ctrl-C.\n`
}

const stopped = (stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) resolve()
    else stop.addEventListener('abort', () => resolve(), { once: true })
  })
