import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import type { SigningKey } from '../sandbox/smart/keys.ts'
import { UsageError } from './shell.ts'

/** Whose token is asked for, where, and for what. */
export interface TokenOrder {
  readonly tokenUrl: string
  readonly clientId: string
  readonly key: SigningKey
  readonly scope: string
}

/**
 * An access token by SMART Backend Services: a signed assertion, good for one request within a minute. Throws UsageError with the reason the
 * server gives.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html
 */
export async function fetchServiceToken({ tokenUrl, clientId, key, scope }: TokenOrder): Promise<string> {
  const assertion = await new SignJWT({ iss: clientId, sub: clientId, aud: tokenUrl, jti: randomUUID() })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setExpirationTime('1m')
    .sign(key.privateKey)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  const answer = await fetch(tokenUrl, { method: 'POST', body, signal: AbortSignal.timeout(10_000) }).catch(() => {
    throw new UsageError(`Nothing answers at ${tokenUrl}: is the sandbox running? Start it with \`kizuna sandbox\`, or name it with --url.`)
  })
  const { access_token: token, error_description: reason } = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  if (answer.ok && typeof token === 'string') return token
  throw new UsageError(`No token: the server answered ${answer.status}${typeof reason === 'string' ? `, ${reason}` : ''}.`)
}
