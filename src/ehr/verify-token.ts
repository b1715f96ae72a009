import {
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeJwt,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { AssessmentError } from '../errors.ts'
import { createVerifiedTokens, type Verified, verifiedOf } from './verified-tokens.ts'

/** What an access token says once it has been checked. `scope` is the text as granted; `parseScopes` reads it. */
export interface AccessToken {
  readonly issuer: string
  readonly clientId: string
  readonly subject: string
  readonly scope: string
  /** The id of the Patient that `patient/` scopes are about. */
  readonly patient?: string
  /** Who is logged in, e.g. `Practitioner/midwife`; some servers give an absolute URL. */
  readonly fhirUser?: string
  readonly encounter?: string
  /** `jti`: names this one token. */
  readonly tokenId?: string
}

/** Takes the value of an `Authorization` header. */
export type TokenVerifier = (authorization: string | undefined) => Promise<AccessToken>

export interface TrustedIssuer {
  /** Compared with `iss` character by character. */
  readonly issuer: string
  /** Where its keys are, or a function that gives them; asked again when it is called, so keys may be exchanged. */
  readonly jwksUri: string | (() => JSONWebKeySet)
}

interface VerifierOptions {
  readonly issuers: readonly TrustedIssuer[]
  /** Our own base URL, as the issuer names it in `aud`; a slash at its end makes no difference. */
  readonly audience: string
  /** Reads tokens that are no JWT; absent: none are taken. */
  readonly opaque?: (token: string) => Promise<AccessToken>
  readonly now?: () => Date
  /** Seconds by which the issuer's clock may differ from ours. */
  readonly tolerance?: number
}

/** Asymmetric only: with HS256 whoever reads our public key could sign, and `none` is no signature. */
export const ALGORITHMS = ['RS256', 'RS384', 'ES256', 'ES384']

/**
 * A check of bearer tokens: JWT signed by a trusted issuer for this audience, in force now.
 * Remote keys are cached for ten minutes and fetched again for an unknown `kid`, at most every 30 seconds. A signature is reckoned once as long as its issuer publishes
 * the same key; whether the key stands and the time is right is asked on each call.
 * Throws `login` naming the check that failed, `expired` past `exp`, `transient` when the keys cannot be fetched; never shows the token.
 * @see https://www.rfc-editor.org/rfc/rfc9068#section-4
 */
export function createTokenVerifier({ issuers, audience, opaque, now = () => new Date(), tolerance = 10 }: VerifierOptions): TokenVerifier {
  const keySets = new Map(issuers.map(({ issuer, jwksUri }) => [issuer, keySetOf(jwksUri)]))
  const base = audience.replace(/\/$/, '')
  const verified = createVerifiedTokens()
  return async (authorization) => {
    const token = bearerTokenOf(authorization)
    const before = verified.get(token)
    if (before && (await stillHolds(before, keySets.get(before.said.issuer)!, now()))) return before.said
    if (opaque !== undefined && token.split('.').length !== 3) return opaque(token)
    const issuer = issuerOf(token)
    const keys = keySets.get(issuer)
    if (!keys) throw new AssessmentError('login', 'The issuer of the access token is not trusted here')
    const checks = { issuer, audience: [base, `${base}/`], algorithms: ALGORITHMS, clockTolerance: tolerance, currentDate: now() }
    const result = await jwtVerify(token, keys, { ...checks, requiredClaims: ['exp'] }).catch(refuse)
    const said = accessTokenOf(result.payload)
    verified.set(token, verifiedOf(result, said, tolerance))
    return said
  }
}

/** Whether the time is right and the issuer still publishes this very key. False sends the token through the whole check again; a key that is gone refuses it at once. */
async function stillHolds({ key, header, from, until }: Verified, keys: JWTVerifyGetKey, now: Date): Promise<boolean> {
  const time = Math.floor(now.getTime() / 1000)
  if (time < from || time >= until) return false
  const published = async () => await keys(header, NO_TOKEN)
  return (await published().catch(refuse)) === key
}

/** Keys are chosen by the header alone. */
const NO_TOKEN = { payload: '', signature: '' }

/** The token of a `Bearer` header; throws `login` when there is none. */
export function bearerTokenOf(authorization: string | undefined): string {
  const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
  if (token === undefined) throw new AssessmentError('login', 'A bearer access token is required')
  return token
}

/** Read before the signature is checked, only to choose the keys; `jwtVerify` checks it again. */
export function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    throw new AssessmentError('login', 'The access token is not a JWT')
  }
}

/** The keys of an issuer: fetched and cached, and fetched again for a `kid` that is not among them. */
export function keySetOf(jwksUri: TrustedIssuer['jwksUri']): JWTVerifyGetKey {
  return typeof jwksUri === 'string' ? remoteKeys(new URL(jwksUri)) : localKeys(jwksUri)
}

function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url)
  return (header, token) =>
    keys(header, token).catch((cause: unknown) => {
      if (isKeyChoice(cause)) throw cause
      throw new AssessmentError('transient', 'The keys of the token issuer cannot be fetched', { cause })
    })
}

function localKeys(current: () => JSONWebKeySet): JWTVerifyGetKey {
  let known: { set: JSONWebKeySet; keys: JWTVerifyGetKey } | undefined
  return (header, token) => {
    const set = current()
    if (known?.set !== set) known = { set, keys: createLocalJWKSet(set) }
    return known.keys(header, token)
  }
}

const isKeyChoice = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JOSENotSupported

/** What is wrong with a token, in our words. No `cause`: the library's errors carry the claims, and those name people. */
export function refuse(error: unknown): never {
  if (error instanceof AssessmentError) throw error
  if (error instanceof errors.JWTExpired) throw new AssessmentError('expired', 'The access token has expired')
  throw new AssessmentError('login', reasonOf(error))
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `The access token's claim ${error.claim} is missing or wrong`
  if (error instanceof errors.JOSEAlgNotAllowed) return "The access token's signing algorithm is not allowed"
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the access token is wrong'
  if (isKeyChoice(error)) return 'The access token is signed with a key that its issuer does not publish'
  return 'The access token is malformed'
}

function accessTokenOf(payload: JWTPayload): AccessToken {
  const text = (name: string): string | undefined => (typeof payload[name] === 'string' ? payload[name] : undefined)
  const clientId = text('client_id') ?? text('azp')
  const subject = text('sub')
  if (clientId === undefined) throw new AssessmentError('login', "The access token's claim client_id is missing or wrong")
  if (subject === undefined) throw new AssessmentError('login', "The access token's claim sub is missing or wrong")
  const context = { patient: text('patient'), fhirUser: text('fhirUser'), encounter: text('encounter'), tokenId: text('jti') }
  const given = Object.fromEntries(Object.entries(context).filter(([, value]) => value !== undefined))
  return { issuer: payload.iss!, clientId, subject, scope: text('scope') ?? '', ...given }
}
