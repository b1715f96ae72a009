import type { Request, RequestHandler } from 'express'
import { decodeJwt } from 'jose'
import { authenticatedClient } from './client-authentication.ts'
import { OAuthError } from './oauth-error.ts'
import { type Parameters, parametersOf, required } from './parameters.ts'
import type { Realm } from './realm.ts'

/**
 * `POST /introspect`: what a token stands for, `{"active":false}` when it is not in force, with no reason why.
 * Asked by a confidential client that signs, or by whoever holds an access token in force (as Bearer), and nobody else.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
 */
export function introspectEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = parametersOf(req.body ?? {})
    await checkCaller(req, parameters, realm)
    const token = required(parameters, 'token')
    res.json((await accessTokenState(realm, token)) ?? refreshTokenState(realm, token) ?? { active: false })
  }
}

async function checkCaller(req: Request, parameters: Parameters, realm: Realm): Promise<void> {
  if (req.headers.authorization !== undefined) {
    await realm.verify(req.headers.authorization).catch((error: Error) => {
      throw new OAuthError('invalid_client', error.message)
    })
    return
  }
  const client = await authenticatedClient(req, parameters, realm)
  if (!client.keys) throw new OAuthError('invalid_client', 'A public client must show an access token')
}

/** The claims of an access token are all meant for its reader, so they are given as they stand. */
async function accessTokenState(realm: Realm, token: string): Promise<object | undefined> {
  const isInForce = await realm.verify(`Bearer ${token}`).then(
    () => true,
    () => false,
  )
  return isInForce ? { active: true, token_type: 'Bearer', ...decodeJwt(token) } : undefined
}

function refreshTokenState({ refreshTokens, revoked, authBaseUrl }: Realm, token: string): object | undefined {
  const held = refreshTokens.get(token)
  if (!held || held.spent || revoked.get(held.grant.id)) return undefined
  const { client, scope, context } = held.grant
  return { active: true, token_type: 'refresh_token', client_id: client.id, scope, sub: context.user, iss: authBaseUrl }
}
