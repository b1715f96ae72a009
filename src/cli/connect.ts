import { readFile } from 'node:fs/promises'
import { loadConfig, loadTenants } from '../config.ts'
import { createCircuit } from '../ehr/circuit.ts'
import { createFhirServer, type FhirServer } from '../ehr/fhir-server.ts'
import type { Connection } from '../ehr/request.ts'
import { type Tenant, tenantConnection } from '../ehr/tenant.ts'
import { loadSigningKeys } from './key-file.ts'
import { type Shell, UsageError } from './shell.ts'

/** What a command says of the server that it is to work with. */
export interface Target {
  readonly url: string
  /** The flag that named it, such as `--to`, for messages. */
  readonly flag: string
  /** A file that holds an access token. */
  readonly token?: string | undefined
  readonly site?: string | undefined
  /** What is asked for, unless the tenant says; absent: what reading responses and writing results needs. */
  readonly scope?: string
}

/**
 * The FHIR server that a command talks to: with the token of `--token`, else by SMART Backend Services as the tenant of this address in the site file or as
 * KIZUNA_CLIENT_ID with KIZUNA_KEY_FILE, else without a token. Throws UsageError; nothing is sent yet.
 */
export const connect = async (target: Target, shell: Pick<Shell, 'env' | 'now'>): Promise<FhirServer> =>
  createFhirServer(await connectionTo(target, shell))

/** The same as a connection, for what is more than FHIR's own interactions. */
export async function connectionTo(target: Target, { env, now }: Pick<Shell, 'env' | 'now'>): Promise<Connection> {
  const baseUrl = baseUrlOf(target)
  if (target.token !== undefined) {
    const accessToken = await readToken(target.token)
    return { baseUrl, accessToken: () => accessToken, circuit: createCircuit() }
  }
  const tenant = tenantOf(baseUrl, target.site, env)
  if (tenant === undefined) return { baseUrl, circuit: createCircuit() }
  const keys = await loadSigningKeys(keyFileOf(tenant, env))
  return tenantConnection(tenant, { keys, now, ...(target.scope !== undefined && { scope: target.scope }) })
}

/** The tenant that has this address, else the one that the environment describes, if it does. */
export function tenantOf(fhirBaseUrl: string, site: string | undefined, env: NodeJS.ProcessEnv): Tenant | undefined {
  const { KIZUNA_SITE, KIZUNA_CLIENT_ID: clientId } = loadConfig(env)
  const named = loadTenants(site ?? KIZUNA_SITE).find((tenant) => tenant.fhirBaseUrl === fhirBaseUrl)
  return named ?? (clientId === undefined ? undefined : { id: 'default', fhirBaseUrl, clientId })
}

/** Throws UsageError where neither the tenant nor the environment names a key file. */
export function keyFileOf({ id, keyFile }: Tenant, env: NodeJS.ProcessEnv): string {
  const file = keyFile ?? loadConfig(env).KIZUNA_KEY_FILE
  if (file === undefined)
    throw new UsageError(`There is no key for the tenant ${id}: set KIZUNA_KEY_FILE, or its keyFile in the site file.`)
  return file
}

/** The address of a FHIR server without a slash at the end. Throws UsageError for anything else. */
export function baseUrlOf({ url, flag }: Pick<Target, 'url' | 'flag'>): string {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : ''))
    throw new UsageError(`${flag} takes the base URL of a FHIR server, such as http://127.0.0.1:8080/ehr/fhir.`)
  return url.replace(/\/+$/, '')
}

async function readToken(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) throw new UsageError(`${file} cannot be read: --token takes a file that holds an access token.`)
  return text.trim()
}
