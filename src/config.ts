import { readFileSync } from 'node:fs'
import { Ajv, type ErrorObject } from 'ajv'
import { readResource } from './resources.ts'
import { DEFAULT_SITE, type Site } from './risk/knowledge.ts'

/** What the environment may say. Flags of a command go before it. */
export interface Config {
  readonly KIZUNA_SITE?: string
  readonly KIZUNA_DATA: string
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
 * no JSON, or holds anything that `resources/schemas/site.json` does not know.
 */
export function loadSite(file: string | undefined): Site {
  if (file === undefined) return DEFAULT_SITE
  const isSite = new Ajv({ allErrors: true, useDefaults: true, strict: false }).compile<Site>(readResource('schemas', 'site.json'))
  const candidate = readSite(file)
  if (!isSite(candidate)) throw new ConfigError(`The site file ${file} is not usable: ${faultsOf(isSite.errors)}`)
  const {
    $schema: _schema,
    clientId: _id,
    allowedIssuers: _issuers,
    sandbox: _sandbox,
    ...site
  } = candidate as Site & Readonly<Record<string, unknown>>
  return Object.freeze({ ...DEFAULT_SITE, ...site })
}

function readSite(file: string): unknown {
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
