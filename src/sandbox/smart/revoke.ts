import type { RequestHandler } from 'express'
import type { AccessToken } from '../../ehr/verify-token.ts'
import { authenticatedClient } from './client-authentication.ts'
import { grantIdOf } from './issue-tokens.ts'
import { OAuthError } from './oauth-error.ts'
import { parametersOf, required } from './parameters.ts'
import { type Realm, revoke } from './realm.ts'

/**
 * `POST /revoke`: takes back the grant of an access or refresh token, with every token made from it.
 * A token that is not known, or not in force, has nothing to take back: 200 all the same. Another client's is refused.
 * @see https://www.rfc-editor.org/rfc/rfc7009
 */
export function revokeEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = parametersOf(req.body ?? {})
    const client = await authenticatedClient(req, parameters, realm)
    const found = await ownerOf(realm, required(parameters, 'token'))
    if (found && found.clientId !== client.id) throw new OAuthError('invalid_grant', 'The token was given to another client')
    if (found) revoke(realm, found.grantId)
    res.status(200).end()
  }
}

async function ownerOf(realm: Realm, token: string): Promise<{ clientId: string; grantId: string } | undefined> {
  const held = realm.refreshTokens.get(token)
  if (held) return { clientId: held.grant.client.id, grantId: held.grant.id }
  const known: AccessToken | undefined = await realm.verify(`Bearer ${token}`).catch(() => undefined)
  return known && { clientId: known.clientId, grantId: grantIdOf(known.tokenId!) }
}
