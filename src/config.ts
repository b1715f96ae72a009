import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv, type ErrorObject } from 'ajv'
import { type AlsoWritten, resultScopesOf, type Tenant } from './ehr/tenant.ts'
import { loadInstruments, loadRuleSet, readResource } from './resources.ts'
import { DEFAULT_SITE, type Site } from './risk/knowledge.ts'
import { checkSitePolicy } from './risk/site-policy.ts'

/** What the environment may say. Flags of a command go before it. */
export interface Config {
  readonly KIZUNA_SITE?: string
  readonly KIZUNA_DATA: string
  readonly KIZUNA_CLIENT_ID?: string
  readonly KIZUNA_KEY_FILE?: string
  readonly KIZUNA_METRICS_TOKEN?: string
  readonly KIZUNA_BASE_URL?: string
  readonly KIZUNA_INBOX_SECRET?: string
  readonly KIZUNA_ALERT_TOKEN?: string
  readonly KIZUNA_SCORING_THREADS?: number
  readonly HOST: string
  readonly PORT: number
  readonly LOG_LEVEL: 'debug' | 'info' | 'warn' | 'error' | 'silent'
}

const ENVIRONMENT = {
  type: 'object',
  properties: {
    KIZUNA_SITE: { type: 'string', minLength: 1, description: 'The site file' },
    KIZUNA_DATA: {
      type: 'string',
      minLength: 1,
      default: 'kizuna-data',
      description: 'Folder of the queue and of what the service must remember',
    },
    KIZUNA_CLIENT_ID: { type: 'string', minLength: 1, description: 'Our client id at servers that the site file does not name' },
    KIZUNA_KEY_FILE: { type: 'string', minLength: 1, description: 'Our private keys: PEM, JWK or JWK Set' },
    KIZUNA_METRICS_TOKEN: { type: 'string', minLength: 16, description: 'Lets a scraper read /metrics (secret)' },
    KIZUNA_BASE_URL: {
      type: 'string',
      pattern: '^https?://[^?#]+$',
      description: 'Address at which others reach the service, without /fhir',
    },
    KIZUNA_INBOX_SECRET: {
      type: 'string',
      pattern: '^[^ ]{32,}( [^ ]{32,})*$',
      description: 'From which the secrets of subscriptions are made; several with a space between, the newest first',
    },
    KIZUNA_ALERT_TOKEN: { type: 'string', minLength: 8, description: 'Bearer token for the alert webhook (secret)' },
    KIZUNA_SCORING_THREADS: {
      type: 'integer',
      minimum: 0,
      maximum: 64,
      description: 'Threads that score bodies of $score; 0: none apart. Unset: a core less than there are, four at most',
    },
    HOST: { type: 'string', minLength: 1, default: '127.0.0.1', description: 'Address to listen on' },
    PORT: { type: 'integer', minimum: 0, maximum: 65535, default: 8080, description: 'Port to listen on; 0 lets the system choose' },
    LOG_LEVEL: {
      enum: ['debug', 'info', 'warn', 'error', 'silent'],
      default: 'warn',
      description: 'What is written to the log, on stderr',
    },
  },
}

/** A setting that cannot be used. Its message names every fault and repeats no value: some are secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the environment once, at start. Throws ConfigError. */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const isConfig = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, removeAdditional: 'all' }).compile<Config>({
    ...ENVIRONMENT,
    additionalProperties: false,
  })
  const candidate: unknown = { ...env }
  if (isConfig(candidate)) return Object.freeze(candidate)
  throw new ConfigError(`The environment is not usable: ${faultsOf(isConfig.errors)}`)
}

/**
 * The site's own decisions: thresholds, texts, contacts; without a file the defaults. Throws ConfigError for a file that cannot be read, is
 * no JSON, holds anything that `resources/schemas/site.json` does not know, or names a score, cut-off or rule that there is not.
 */
export function loadSite(file: string | undefined): Site {
  if (file === undefined) return DEFAULT_SITE
  const {
    $schema: _schema,
    clientId: _id,
    allowedIssuers: _issuers,
    sandbox: _sandbox,
    tenants: _tenants,
    allowedOrigins: _origins,
    appUrl: _app,
    ...site
  } = readSite(file) as unknown as Site & Readonly<Record<string, unknown>>
  const faults = checkSitePolicy(site as Site, { instruments: loadInstruments(), ruleSet: loadRuleSet().ruleSet })
  if (faults.length > 0)
    throw new ConfigError(
      `The site file ${file} is not usable: ${faults.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ')}`,
    )
  return Object.freeze({ ...DEFAULT_SITE, ...site, ...foldersOf(site, dirname(file)) })
}

/** What the site file says of the app's launch, as the app itself reads it. */
export interface LaunchSettings {
  readonly clientId: string
  readonly allowedIssuers?: readonly string[]
  readonly sandbox?: boolean
}

/** Throws ConfigError as `loadSite` does. */
export function loadLaunchSettings(file: string | undefined): LaunchSettings {
  const { clientId = 'kizuna-app', allowedIssuers, sandbox } = (file === undefined ? {} : readSite(file)) as Partial<LaunchSettings>
  return { clientId, ...(allowedIssuers && { allowedIssuers }), ...(sandbox !== undefined && { sandbox }) }
}

/** What the site file says of the service as such. */
export interface ServiceSettings {
  readonly allowedOrigins: readonly string[]
  readonly appUrl?: string
}

/** Throws ConfigError as `loadSite` does. */
export function loadServiceSettings(file: string | undefined): ServiceSettings {
  if (file === undefined) return { allowedOrigins: [] }
  const { allowedOrigins = [], appUrl } = readSite(file) as Partial<ServiceSettings>
  return { allowedOrigins, ...(appUrl !== undefined && { appUrl }) }
}

const FOLDERS = ['instruments', 'bindings', 'packs'] as const

/** The folders that a site file names, which are relative to it. */
const foldersOf = (site: Pick<Site, (typeof FOLDERS)[number]>, base: string): Partial<Site> =>
  Object.fromEntries(FOLDERS.flatMap((name) => (site[name] === undefined ? [] : [[name, resolve(base, site[name])]])))

/**
 * The hospital servers in the site file; key files are relative to it, and scopes that none names are those for what the site has us write. Throws ConfigError as `loadSite` does, and where two tenants have one id, one
 * server or one issuer: nobody could say whose a call is.
 */
export function loadTenants(file: string | undefined): readonly Tenant[] {
  if (file === undefined) return []
  const { tenants: named = [], ...site } = readSite(file) as AlsoWritten & { readonly tenants?: readonly Tenant[] }
  const tenants = named.map((tenant) => ({
    scopes: resultScopesOf(site),
    ...tenant,
    fhirBaseUrl: tenant.fhirBaseUrl.replace(/\/+$/, ''),
    ...(tenant.keyFile !== undefined && { keyFile: resolve(dirname(file), tenant.keyFile) }),
  }))
  for (const name of ['id', 'fhirBaseUrl', 'issuer'] as const) {
    const values = tenants.map((tenant) => tenant[name])
    const at = values.findIndex((value, index) => value !== undefined && values.indexOf(value) < index)
    if (at >= 0) throw new ConfigError(`The site file ${file} is not usable: /tenants/${at}/${name} stands twice`)
  }
  return tenants
}

function readSite(file: string): Readonly<Record<string, unknown>> {
  const isSite = new Ajv({ allErrors: true, useDefaults: true, strict: false }).compile<Record<string, unknown>>(
    readResource('schemas', 'site.json'),
  )
  const candidate = readJson(file)
  if (isSite(candidate)) return candidate
  throw new ConfigError(`The site file ${file} is not usable: ${faultsOf(isSite.errors)}`)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    throw new ConfigError(`The site file ${file} ${error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'}`)
  }
}

const faultsOf = (errors: ErrorObject[] | null | undefined): string =>
  (errors ?? [])
    .map(({ instancePath, message, params }) => {
      const { additionalProperty: extra, allowedValues } = params as { additionalProperty?: string; allowedValues?: unknown[] }
      const detail = extra === undefined ? (allowedValues === undefined ? '' : `: ${allowedValues.join(', ')}`) : `: ${extra}`
      return `${instancePath || '/'} ${message}${detail}`
    })
    .join('; ')
