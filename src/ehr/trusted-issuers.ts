import { AssessmentError } from '../errors.ts'
import { createTokenIntrospector, type OpaqueTokens } from './introspect-token.ts'
import type { AccessTokenSource } from './request.ts'
import { fetchSmartConfiguration } from './smart-configuration.ts'
import type { Tenant } from './tenant.ts'
import type { TrustedIssuer } from './verify-token.ts'

/** Whose tokens may call the service for a tenant, and how those are read that are no JWT. */
export interface TenantTrust extends TrustedIssuer {
  readonly tenant: Tenant
  readonly introspection?: string
}

/**
 * The issuer and keys of a tenant: as configured, else as the server's smart-configuration says. Throws `invalid` where neither names both, and what the
 * server answers.
 */
export async function trustOf(tenant: Tenant): Promise<TenantTrust> {
  const { issuer, jwksUri } = tenant
  if (issuer !== undefined && jwksUri !== undefined) return { tenant, issuer, jwksUri }
  const found = await fetchSmartConfiguration({ baseUrl: tenant.fhirBaseUrl })
  const trust = { issuer: issuer ?? found.issuer, jwksUri: jwksUri ?? found.jwks_uri, introspection: found.introspection_endpoint }
  if (trust.issuer === undefined || trust.jwksUri === undefined)
    throw new AssessmentError(
      'invalid',
      `The server of the tenant ${tenant.id} names no issuer or no jwks_uri: set issuer and jwksUri in the site file`,
    )
  const { introspection } = trust
  return { tenant, issuer: trust.issuer, jwksUri: trust.jwksUri, ...(introspection !== undefined && { introspection }) }
}

/** Reads tokens that are no JWT by asking the tenant's server, where it offers that. */
export function opaqueTokensOf({ issuer, introspection }: TenantTrust, accessToken: AccessTokenSource): OpaqueTokens | undefined {
  return introspection === undefined ? undefined : createTokenIntrospector({ issuer, endpoint: introspection, accessToken })
}
