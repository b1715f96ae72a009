import { SignJWT } from 'jose'
import { AssessmentError } from '../errors.ts'
import type { JsonObject } from '../json-object.ts'
import type { AccessTokenSource } from './request.ts'
import { MAY_PASS, type Retries, retryAfterOf, TransientError, withRetries } from './retry.ts'
import type { Signer } from './signing-keys.ts'

/** A client as it is registered with an authorization server for SMART Backend Services. */
export interface BackendClient extends Partial<Retries> {
  readonly clientId: string
  readonly scope: string
  /** Asked for each assertion, so that keys may be exchanged. */
  readonly signer: () => Signer
  readonly tokenEndpoint: () => Promise<string>
  readonly now?: () => Date
  /** Milliseconds until an unanswered request is given up. */
  readonly timeout?: number
}

export interface GrantedToken {
  readonly accessToken: string
  /** What was granted, which may be less than was asked for. */
  readonly scope: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

/** Seconds that an assertion is good for; SMART allows five minutes. */
const ASSERTION_LIFETIME = 120

/**
 * An access token by client credentials with a signed assertion, a new one (`jti`) for every try, since a server remembers those it has seen. Tried again where
 * the fault may pass. Throws `transient`; `login` naming the OAuth error code; `processing` for an answer that is none.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html
 */
export async function requestToken(client: BackendClient): Promise<GrantedToken> {
  const endpoint = await client.tokenEndpoint()
  return withRetries({ attempts: client.attempts ?? 3, delay: client.delay }, () => requestOnce(client, endpoint))
}

/**
 * Gives the client's token to whoever asks, and fetches another shortly before its end, or when the one in hand was rejected. However many ask at once, one request
 * is made.
 */
export function createTokenSource(client: BackendClient): AccessTokenSource {
  const { now = () => new Date() } = client
  let held: GrantedToken | undefined
  let underway: Promise<GrantedToken> | undefined
  const renew = (): Promise<GrantedToken> => {
    underway ??= requestToken(client).finally(() => {
      underway = undefined
    })
    return underway
  }
  return async ({ fresh, rejected }) => {
    const spent = fresh && (rejected === undefined || rejected === held?.accessToken)
    if (held === undefined || spent || held.expiresAt - MARGIN <= now().getTime()) held = await renew()
    return held.accessToken
  }
}

/** A request may be on its way for a while before the server looks at the token. */
const MARGIN = 15_000

async function requestOnce(client: BackendClient, endpoint: string): Promise<GrantedToken> {
  const { now = () => new Date(), timeout = 10_000, scope } = client
  const asked = now()
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertionOf(client, endpoint, asked),
  })
  const signal = AbortSignal.timeout(timeout)
  const request = { method: 'POST', body, signal, redirect: 'manual', headers: { accept: 'application/json' } } as const
  const answer = await fetch(endpoint, request).catch((cause: unknown) => {
    throw new TransientError('The token endpoint gave no answer', { cause })
  })
  const text = await answer.text().catch((cause: unknown) => {
    throw new TransientError('The token endpoint broke off its answer', { cause })
  })
  return grantedTokenOf(answer, objectOf(text), { scope, asked })
}

function assertionOf({ clientId, signer }: BackendClient, endpoint: string, now: Date): Promise<string> {
  const { alg, kid, privateKey } = signer()
  const seconds = Math.floor(now.getTime() / 1000)
  return new SignJWT({ iss: clientId, sub: clientId, aud: endpoint, jti: crypto.randomUUID() })
    .setProtectedHeader({ alg, kid, typ: 'JWT' })
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + ASSERTION_LIFETIME)
    .sign(privateKey)
}

function grantedTokenOf(
  { ok, status, headers }: Response,
  body: JsonObject,
  { scope, asked }: { scope: string; asked: Date },
): GrantedToken {
  if (MAY_PASS.has(status))
    throw new TransientError(`The token endpoint answered ${status}`, { status, retryAfter: retryAfterOf(headers), cause: body })
  if (!ok) {
    // RFC 6749 names its errors in lower case and underscores; anything else may quote what it likes.
    const code = typeof body.error === 'string' && /^[a-z_]{1,40}$/.test(body.error) ? ` (${body.error})` : ''
    throw new AssessmentError('login', `The token endpoint answered ${status}${code}`, { cause: body })
  }
  const { access_token: accessToken, expires_in: lifetime, scope: granted } = body
  if (typeof accessToken !== 'string' || accessToken === '')
    throw new AssessmentError('processing', `The token endpoint answered ${status} without a token`)
  // Absent: what SMART recommends at most.
  const seconds = Number(lifetime ?? 300)
  const expiresAt = asked.getTime() + (Number.isFinite(seconds) ? seconds : 300) * 1000
  return { accessToken, scope: typeof granted === 'string' ? granted : scope, expiresAt }
}

function objectOf(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as unknown
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}
