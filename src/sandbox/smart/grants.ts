import { createHash } from 'node:crypto'
import type { Client } from './clients.ts'
import { grantedSystemScope, narrowedScope } from './granted-scope.ts'
import { identityToken, serviceToken, type TokenAnswer, userTokens } from './issue-tokens.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, required } from './parameters.ts'
import { type IssuedCode, type Realm, revoke } from './realm.ts'

/** One way to a token: the client is authenticated and registered for it. */
export type GrantHandler = (realm: Realm, client: Client, parameters: Parameters) => Promise<TokenAnswer>

/**
 * Tokens for a code, once. A code presented again takes back what the first presentation gave (RFC 6749, section 4.1.2);
 * a presentation that fails spends the code too.
 */
export const codeGrant: GrantHandler = async (realm, client, parameters) => {
  const code = required(parameters, 'code')
  const issued = realm.codes.take(code)
  if (!issued) throw refusedCode(realm, code)
  realm.spentCodes.add(issued.grant.id, code)
  checkCode(issued, client, parameters)
  const { grant } = issued
  if (grant.context.difficulty?.outcome === 'no-token')
    throw new OAuthError('unauthorized_client', 'No token is given, as this launch asks for')
  const tokens = await userTokens(realm, grant)
  return grant.scope.split(' ').includes('openid') ? { ...tokens, id_token: await identityToken(realm, grant) } : tokens
}

/**
 * New tokens for a refresh token, which is spent by it. One presented again means that somebody has a copy: the grant is taken back.
 * `scope` may ask for less; the new refresh token still stands for the whole grant.
 */
export const refreshGrant: GrantHandler = async (realm, client, parameters) => {
  const token = required(parameters, 'refresh_token')
  const held = realm.refreshTokens.get(token)
  if (held?.grant.client !== client || realm.revoked.get(held.grant.id))
    throw new OAuthError('invalid_grant', 'The refresh token is not valid')
  if (held.spent) {
    revoke(realm, held.grant.id)
    throw new OAuthError('invalid_grant', 'The refresh token has been used already; all tokens of this launch are taken back')
  }
  const scope = parameters.scope === undefined ? held.grant.scope : narrowedScope(parameters.scope, held.grant.scope)
  realm.refreshTokens.add({ ...held, spent: true }, token)
  return userTokens(realm, held.grant, scope)
}

/** A token for a service that acts for itself (SMART Backend Services). */
export const clientCredentialsGrant: GrantHandler = async (realm, client, parameters) =>
  serviceToken(realm, client.id, grantedSystemScope(required(parameters, 'scope'), client))

function refusedCode(realm: Realm, code: string): OAuthError {
  const grantId = realm.spentCodes.get(code)
  if (grantId === undefined) return new OAuthError('invalid_grant', 'The code is unknown or has expired')
  revoke(realm, grantId)
  return new OAuthError('invalid_grant', 'The code has been used already; all tokens made from it are taken back')
}

function checkCode({ grant, redirectUri, challenge }: IssuedCode, client: Client, parameters: Parameters): void {
  if (grant.client !== client) throw new OAuthError('invalid_grant', 'The code was given to another client')
  if (parameters.redirect_uri !== redirectUri)
    throw new OAuthError('invalid_grant', 'The redirect_uri is not that of the authorization request')
  const verifier = required(parameters, 'code_verifier')
  const isGood = /^[\w.~-]{43,128}$/.test(verifier) && createHash('sha256').update(verifier).digest('base64url') === challenge
  if (!isGood) throw new OAuthError('invalid_grant', 'The code_verifier does not fit the code_challenge')
}
