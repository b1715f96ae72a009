import { createHash } from 'node:crypto'
import { AssessmentError } from '../errors.ts'
import type { JsonObject } from '../json-object.ts'
import { createRecent } from '../once.ts'
import type { AccessTokenSource } from './request.ts'
import { TransientError } from './retry.ts'
import type { AccessToken } from './verify-token.ts'

/** What a token that is no JWT stands for. Throws `login` where it stands for nothing. */
export type OpaqueTokens = (token: string) => Promise<AccessToken>

interface IntrospectorOptions {
  readonly endpoint: string
  /** Who answers for the tokens. */
  readonly issuer: string
  /** Our own token: not everybody may ask. */
  readonly accessToken: AccessTokenSource
  readonly now?: () => number
}

/** Milliseconds for which an answer is believed: a token that was taken back lives on that long at most. */
const BELIEVED = 30_000
const MOST_KEPT = 10_000

/**
 * Asks the server that gave a token what it stands for. Answers are kept for half a minute under the token's hash, never the token. Throws `login` for one that is
 * not in force or no access token, `transient` when the server does not say.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/token-introspection.html
 */
export function createTokenIntrospector({ endpoint, issuer, accessToken, now = Date.now }: IntrospectorOptions): OpaqueTokens {
  const known = createRecent<{ readonly until: number; readonly said: AccessToken }>(MOST_KEPT)
  return async (token) => {
    const key = createHash('sha256').update(token).digest('base64')
    const kept = known.get(key)
    if (kept !== undefined && kept.until > now()) return kept.said
    const answer = await ask(endpoint, token, await accessToken({ fresh: false }))
    const said = accessTokenOf(answer, issuer)
    const end = typeof answer.exp === 'number' ? answer.exp * 1000 : Number.POSITIVE_INFINITY
    if (end <= now()) throw new AssessmentError('expired', 'The access token has expired')
    known.set(key, { until: Math.min(now() + BELIEVED, end), said })
    return said
  }
}

async function ask(endpoint: string, token: string, own: string | undefined): Promise<JsonObject> {
  const headers = { accept: 'application/json', ...(own !== undefined && { authorization: `Bearer ${own}` }) }
  const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
  const request = { method: 'POST', headers, body, signal: AbortSignal.timeout(5_000), redirect: 'manual' } as const
  const answer = await fetch(endpoint, request).catch((cause: unknown) => {
    throw new TransientError('The introspection endpoint gave no answer', { cause })
  })
  const content: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok || typeof content !== 'object' || content === null)
    throw new TransientError(`The introspection endpoint answered ${answer.status}`, { status: answer.status })
  return content as JsonObject
}

/** A refresh token, too, is in force and has scopes: whoever steals one must not be let in with it. Servers that do not say what a token is are believed. */
const isAccessToken = ({ token_type: type = 'Bearer', token_use: use = 'access', typ = 'Bearer' }: JsonObject): boolean =>
  isOneOf(['bearer', 'access_token'], type) && isOneOf(['access', 'access_token'], use) && !isOneOf(['refresh', 'offline', 'id'], typ)

const isOneOf = (words: readonly string[], said: unknown): boolean => words.includes(String(said).toLowerCase())

function accessTokenOf(answer: JsonObject, issuer: string): AccessToken {
  const text = (name: string): string | undefined => (typeof answer[name] === 'string' ? (answer[name] as string) : undefined)
  const [clientId, by] = [text('client_id'), text('iss') ?? issuer]
  if (!isAccessToken(answer)) throw new AssessmentError('login', 'The token is no access token')
  if (answer.active !== true || clientId === undefined || by !== issuer)
    throw new AssessmentError('login', 'The access token is not in force')
  const context = { patient: text('patient'), fhirUser: text('fhirUser'), encounter: text('encounter'), tokenId: text('jti') }
  const given = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined))
  return { issuer, clientId, subject: text('sub') ?? clientId, scope: text('scope') ?? '', ...given }
}
