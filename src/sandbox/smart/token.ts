import type { RequestHandler } from 'express'
import { authenticatedClient } from './client-authentication.ts'
import type { GrantType } from './clients.ts'
import { clientCredentialsGrant, codeGrant, type GrantHandler, refreshGrant } from './grants.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, parametersOf, required } from './parameters.ts'
import type { Realm } from './realm.ts'

const GRANTS: ReadonlyMap<string, GrantHandler> = new Map<GrantType, GrantHandler>([
  ['authorization_code', codeGrant],
  ['refresh_token', refreshGrant],
  ['client_credentials', clientCredentialsGrant],
])

/** `POST /token`. @see https://www.rfc-editor.org/rfc/rfc6749#section-5 */
export function tokenEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = namingClient(parametersOf(req.body ?? {}), realm)
    const grantType = required(parameters, 'grant_type')
    const grant = GRANTS.get(grantType)
    if (!grant) throw new OAuthError('unsupported_grant_type', 'The grant_type is not supported')
    const client = await authenticatedClient(req, parameters, realm)
    if (!client.grants.some((type) => type === grantType))
      throw new OAuthError('unauthorized_client', 'The client is not registered for this grant_type')
    res.json(await grant(realm, client, parameters))
  }
}

/** A public app may refresh without `client_id`, as SMART's own list of parameters has none: the token tells whose it is. */
function namingClient(parameters: Parameters, { refreshTokens }: Realm): Parameters {
  const { grant_type: grantType, client_id: id, client_assertion: assertion, refresh_token: token } = parameters
  if (grantType !== 'refresh_token' || id !== undefined || assertion !== undefined || token === undefined) return parameters
  const held = refreshTokens.get(token)
  if (!held) throw new OAuthError('invalid_grant', 'The refresh token is not valid')
  return { ...parameters, client_id: held.grant.client.id }
}
