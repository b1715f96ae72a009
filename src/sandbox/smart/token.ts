import type { RequestHandler } from 'express'
import { authenticatedClient } from './client-authentication.ts'
import type { GrantType } from './clients.ts'
import { clientCredentialsGrant, codeGrant, type GrantHandler, refreshGrant } from './grants.ts'
import { OAuthError } from './oauth-error.ts'
import { parametersOf, required } from './parameters.ts'
import type { Realm } from './realm.ts'

const GRANTS: ReadonlyMap<string, GrantHandler> = new Map<GrantType, GrantHandler>([
  ['authorization_code', codeGrant],
  ['refresh_token', refreshGrant],
  ['client_credentials', clientCredentialsGrant],
])

/** `POST /token`. @see https://www.rfc-editor.org/rfc/rfc6749#section-5 */
export function tokenEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = parametersOf(req.body ?? {})
    const grantType = required(parameters, 'grant_type')
    const grant = GRANTS.get(grantType)
    if (!grant) throw new OAuthError('unsupported_grant_type', 'The grant_type is not supported')
    const client = await authenticatedClient(req, parameters, realm)
    if (!client.grants.some((type) => type === grantType))
      throw new OAuthError('unauthorized_client', 'The client is not registered for this grant_type')
    res.json(await grant(realm, client, parameters))
  }
}
