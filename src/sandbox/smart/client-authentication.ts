import type { Request } from 'express'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import type { Client } from './clients.ts'
import { endpointsOf } from './endpoints.ts'
import { OAuthError } from './oauth-error.ts'
import type { Parameters } from './parameters.ts'
import type { Realm } from './realm.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
export const ASSERTION_ALGORITHMS = ['RS384', 'ES384']

/**
 * The client that sends a request: a public one names itself in `client_id`, a confidential one signs (`private_key_jwt`).
 * Throws `invalid_client` for any other proof, or none. There are no client secrets here.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export async function authenticatedClient(req: Request, parameters: Parameters, realm: Realm): Promise<Client> {
  if (req.headers.authorization !== undefined) throw invalid('No client here has a secret: no Authorization header is taken')
  const { client_assertion: assertion, client_assertion_type: type, client_id: id } = parameters
  if (assertion === undefined) return publicClient(id, realm)
  if (type !== ASSERTION_TYPE) throw invalid(`The client_assertion_type must be ${ASSERTION_TYPE}`)
  const client = await assertedClient(assertion, realm)
  if (id !== undefined && id !== client.id) throw invalid('The client_id is not that of the assertion')
  return client
}

function publicClient(id: string | undefined, { clients }: Realm): Client {
  const client = clients.find((one) => one.id === id)
  if (!client) throw invalid('The client_id is missing or unknown')
  if (client.keys) throw invalid('This client must sign a client_assertion')
  return client
}

async function assertedClient(assertion: string, realm: Realm): Promise<Client> {
  const client = realm.clients.find(({ id }) => id === unverifiedIssuerOf(assertion))
  if (!client?.keys) throw invalid('The issuer of the assertion is no client with keys')
  const { kid, jku } = headerOf(assertion)
  if (kid === undefined) throw invalid('The assertion names no kid')
  if (jku !== undefined && jku !== client.keys.jku) throw invalid('The jku of the assertion is not the registered one')
  const checks = {
    typ: 'JWT',
    issuer: client.id,
    subject: client.id,
    audience: endpointsOf(realm).token,
    algorithms: ASSERTION_ALGORITHMS,
    requiredClaims: ['exp', 'jti'],
    currentDate: realm.now(),
  }
  const { payload } = await jwtVerify(assertion, createLocalJWKSet(client.keys.publicKeys()), checks).catch((error: Error) => {
    throw invalid(`The assertion is refused: ${reasonOf(error)}`)
  })
  checkOnce(client, payload, realm)
  return client
}

/** `exp` at most five minutes ahead; a `jti` is good for one request. */
function checkOnce({ id }: Client, { exp = 0, jti }: JWTPayload, { assertions, now }: Realm): void {
  if (exp > now().getTime() / 1000 + 300) throw invalid('The assertion lives longer than five minutes')
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw invalid('The jti of the assertion is no text of 1 to 256 characters')
  const key = JSON.stringify([id, jti])
  if (assertions.get(key)) throw invalid('The assertion has been used already: its jti is not new')
  assertions.add(true, key)
}

function headerOf(assertion: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(assertion)
  } catch {
    throw invalid('The assertion is not a JWT')
  }
}

function unverifiedIssuerOf(assertion: string): string {
  try {
    return String(decodeJwt(assertion).iss)
  } catch {
    throw invalid('The assertion is not a JWT')
  }
}

/** The library's error messages name claims and algorithms, never values. */
const reasonOf = ({ message }: Error): string => message.replaceAll('"', '')

const invalid = (message: string): OAuthError => new OAuthError('invalid_client', message)
