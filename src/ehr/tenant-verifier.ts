import { AssessmentError } from '../errors.ts'
import type { AccessTokenSource } from './request.ts'
import type { Tenant } from './tenant.ts'
import { opaqueTokensOf, trustOf } from './trusted-issuers.ts'
import { type AccessToken, bearerTokenOf, createTokenVerifier, issuerOf, type TokenVerifier } from './verify-token.ts'

interface Issuing {
  readonly tenant: Tenant
  readonly issuer: string
  readonly verify: TokenVerifier
}

/** Whose token came, and of which hospital. */
export interface TenantToken {
  readonly tenant: Tenant
  readonly token: AccessToken
}

export interface TenantVerifierOptions {
  /** Our own base URL, for tenants that name no other audience. */
  readonly audience: string
  /** Our own token for a tenant's server; with it, tokens that are no JWT are asked about there. */
  readonly ownToken?: (tenant: Tenant) => AccessTokenSource | undefined
  readonly now?: () => Date
}

/**
 * A check of bearer tokens that several hospitals issue (one that is no JWT names no issuer: it is asked about only where there is one hospital): each trusts its own issuer, by the site file or else by the server's smart-configuration, which is read when the
 * first token comes and again only if that failed. Throws as `createTokenVerifier` does, `transient` while an issuer cannot be found out.
 */
export function createTenantVerifier(
  tenants: readonly Tenant[],
  options: TenantVerifierOptions,
): (authorization: string | undefined) => Promise<TenantToken> {
  const known = tenants.map((tenant) => remembered(() => issuingOf(tenant, options)))
  return async (authorization) => {
    const token = bearerTokenOf(authorization)
    const only = tenants.length === 1 && token.split('.').length !== 3 ? await known[0]!() : undefined
    if (only !== undefined) return { tenant: only.tenant, token: await only.verify(authorization) }
    const issuer = issuerOf(token)
    const found = await Promise.all(known.map((issuing) => issuing().catch(() => undefined)))
    const issuing = found.find((one) => one?.issuer === issuer)
    if (issuing) return { tenant: issuing.tenant, token: await issuing.verify(authorization) }
    if (found.includes(undefined)) throw new AssessmentError('transient', 'The issuer of tokens of a hospital cannot be found out now')
    throw new AssessmentError('login', 'The issuer of the access token is not trusted here')
  }
}

async function issuingOf(tenant: Tenant, { audience, ownToken, now }: TenantVerifierOptions): Promise<Issuing> {
  const trust = await trustOf(tenant)
  const { issuer, jwksUri } = trust
  const own = ownToken?.(tenant)
  const opaque = own && opaqueTokensOf(trust, own)
  const verify = createTokenVerifier({
    issuers: [{ issuer, jwksUri }],
    audience: tenant.audience ?? audience,
    ...(opaque && { opaque }),
    ...(now && { now }),
  })
  return { tenant, issuer, verify }
}

/** What came is kept; a failure is not. */
function remembered<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: Promise<T> | undefined
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}
