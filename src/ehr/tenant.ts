import { type BackendClient, createTokenSource } from './backend-services.ts'
import { createCircuit } from './circuit.ts'
import { createFhirServer, type FhirServer } from './fhir-server.ts'
import type { Connection } from './request.ts'
import type { SigningKeys } from './signing-keys.ts'
import { fetchSmartConfiguration } from './smart-configuration.ts'

/** One hospital server: how we reach it, and whose tokens it gives to those who call us. As in the site file, paths made absolute. */
export interface Tenant {
  readonly id: string
  /** Without a slash at the end. */
  readonly fhirBaseUrl: string
  /** As registered there for SMART Backend Services. */
  readonly clientId: string
  /** Our private keys for this tenant; absent: those of the environment. */
  readonly keyFile?: string
  /** What is asked for when results are read and written. */
  readonly scopes?: string
  /** Where tokens come from; absent: what the server's smart-configuration says. */
  readonly tokenEndpoint?: string
  /** Whose tokens (`iss`) may call our service for this tenant; absent: the issuer that the smart-configuration names. */
  readonly issuer?: string
  /** The keys of that issuer; absent: the `jwks_uri` that the smart-configuration names. */
  readonly jwksUri?: string
  /** What those tokens must name as `aud`; absent: the service's own base URL. */
  readonly audience?: string
  /** Who signs its CDS Hooks calls; absent: none are taken. */
  readonly cds?: { readonly issuer: string; readonly jwksUri: string }
}

/** What reading responses and writing results of them needs, and no more. */
export const RESULT_SCOPES = [
  'system/Patient.r',
  'system/RelatedPerson.rs',
  'system/QuestionnaireResponse.rs',
  'system/Observation.crus',
  'system/RiskAssessment.crus',
  'system/Provenance.crs',
].join(' ')

/** What a site's own decisions have us write besides results. */
export interface AlsoWritten {
  readonly onImmediate?: { readonly kind: 'task' | 'flag' | 'none' }
  readonly auditEvents?: boolean
}

/** What is asked for where a tenant names no scopes: a site that wants an alert must not lose it because nobody asked for the right to write it. */
export const resultScopesOf = ({ onImmediate, auditEvents }: AlsoWritten): string =>
  [
    RESULT_SCOPES,
    ...(onImmediate?.kind === 'task' ? ['system/Task.crus'] : []),
    ...(onImmediate?.kind === 'flag' ? ['system/Flag.crus'] : []),
    ...(auditEvents ? ['system/AuditEvent.crus'] : []),
  ].join(' ')

export interface TenantOptions {
  readonly keys: SigningKeys
  /** Absent: the tenant's own, else those for results. */
  readonly scope?: string
  readonly now?: () => Date
  readonly attempts?: number
  readonly delay?: (attempt: number) => number
  readonly timeout?: number
}

/** The client that we are at this tenant. Its token endpoint is looked up once, and again only if that failed. */
export function backendClientOf(tenant: Tenant, { keys, scope, ...options }: TenantOptions): BackendClient {
  const { now = () => new Date() } = options
  let discovered: Promise<string> | undefined
  const discover = (): Promise<string> => {
    discovered ??= fetchSmartConfiguration({ baseUrl: tenant.fhirBaseUrl, ...options }).then(
      ({ token_endpoint: endpoint }) => endpoint,
      (error: unknown) => {
        discovered = undefined
        throw error
      },
    )
    return discovered
  }
  return {
    ...options,
    clientId: tenant.clientId,
    scope: scope ?? tenant.scopes ?? RESULT_SCOPES,
    signer: () => keys.signer(now()),
    tokenEndpoint: tenant.tokenEndpoint === undefined ? discover : async () => tenant.tokenEndpoint!,
  }
}

/** The FHIR server of a tenant, reached with tokens of our own; one circuit guards all requests to it. Nothing is sent until it is used. */
export const createTenantServer = (tenant: Tenant, options: TenantOptions): FhirServer =>
  createFhirServer(tenantConnection(tenant, options))

/** How that server is reached. */
export function tenantConnection(tenant: Tenant, { now, ...options }: TenantOptions): Connection {
  const accessToken = createTokenSource(backendClientOf(tenant, { ...options, ...(now && { now }) }))
  const { attempts, delay, timeout } = options
  return {
    baseUrl: tenant.fhirBaseUrl,
    accessToken,
    circuit: createCircuit(),
    ...(attempts !== undefined && { attempts }),
    ...(delay && { delay }),
    ...(timeout !== undefined && { timeout }),
  }
}
