import { type JWTPayload, SignJWT } from 'jose'
import { endpointsOf } from './endpoints.ts'
import { randomToken } from './expiring-map.ts'
import type { SigningKey } from './keys.ts'
import type { Grant, LaunchContext, Realm } from './realm.ts'

export type TokenAnswer = Readonly<Record<string, unknown>>

/** Longest life of a Backend Services token, in seconds (SMART 2.2: SHOULD NOT exceed five minutes). */
const SERVICE_LIFETIME = 300

/** The token response of a grant made by a person: access token, launch context beside it, and a refresh token when granted. */
export async function userTokens(realm: Realm, grant: Grant, scope = grant.scope): Promise<TokenAnswer> {
  const { client, context, id } = grant
  const { user, patient, encounter } = context
  const about = { ...(patient && { patient }), ...(encounter && { encounter }) }
  const claims = { sub: user, client_id: client.id, scope, jti: `${id}.${randomToken()}`, fhirUser: user, ...about }
  const answer = await accessToken(realm, claims, context.difficulty?.lifetime ?? realm.tokenLifetime)
  const mayRefresh = /(?:^| )(?:online|offline)_access(?: |$)/.test(grant.scope)
  return { ...answer, ...contextOf(realm, context), ...(mayRefresh && { refresh_token: realm.refreshTokens.add({ grant, spent: false }) }) }
}

/** The token response of Backend Services: no patient, no refresh token. */
export function serviceToken(realm: Realm, clientId: string, scope: string): Promise<TokenAnswer> {
  const jti = `${randomToken()}.${randomToken()}`
  const claims = { sub: clientId, client_id: clientId, scope, jti }
  return accessToken(realm, claims, Math.min(realm.tokenLifetime, SERVICE_LIFETIME))
}

/** Who has logged in, for the client: `fhirUser` (and `profile`, its name in SMART 1.0) if that scope was granted. */
export function identityToken(realm: Realm, { client, context, scope, nonce }: Grant): Promise<string> {
  const words = scope.split(' ')
  const fhirUser = `${realm.fhirBaseUrl}/${context.user}`
  const who = (words.includes('fhirUser') || words.includes('profile')) && { fhirUser, profile: fhirUser }
  const claims = { sub: context.user, aud: client.id, ...who, ...(nonce && { nonce }) }
  return sign(realm, realm.keys.identity, { claims, typ: 'JWT', seconds: realm.tokenLifetime })
}

/** The id of the grant that an access token was made from. */
export const grantIdOf = (tokenId: string): string => tokenId.split('.')[0]!

/** An access token for this EHR's FHIR server. */
export async function accessToken(realm: Realm, claims: JWTPayload, seconds: number): Promise<TokenAnswer> {
  const withAudience = { ...claims, aud: realm.fhirBaseUrl }
  const token = await sign(realm, realm.keys.access, { claims: withAudience, typ: 'at+jwt', seconds })
  return { access_token: token, token_type: 'Bearer', expires_in: seconds, scope: claims.scope }
}

function contextOf(realm: Realm, context: LaunchContext): TokenAnswer {
  const { patient, encounter, intent, needPatientBanner, fhirContext, appContext, style = endpointsOf(realm).style, difficulty } = context
  return {
    ...(patient && difficulty?.outcome !== 'no-patient' && { patient }),
    ...(encounter && { encounter }),
    ...(intent && { intent }),
    ...(fhirContext && { fhirContext }),
    ...(appContext !== undefined && { appContext }),
    need_patient_banner: needPatientBanner,
    ...(style !== 'none' && { smart_style_url: style }),
  }
}

/** Signs claims as this issuer, from now on for so many seconds. */
export function sign(
  realm: Realm,
  key: SigningKey,
  { claims, typ, seconds }: { claims: JWTPayload; typ: string; seconds: number },
): Promise<string> {
  const issuedAt = Math.floor(realm.now().getTime() / 1000)
  return new SignJWT({ ...claims, iss: realm.authBaseUrl, iat: issuedAt, exp: issuedAt + seconds })
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ })
    .sign(key.privateKey)
}
