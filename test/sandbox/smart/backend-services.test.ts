import { exportSPKI, generateKeyPair, importJWK, type JWTHeaderParameters, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServiceKey, type SigningKey } from '../../../src/sandbox/smart/keys.ts'
import {
  answered,
  authorizationRequest,
  CHALLENGE,
  codeRequest,
  launchToken,
  NOW,
  type RealmServer,
  startRealm,
  type Tokens,
} from './realm-server.ts'

const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const seconds = NOW.getTime() / 1000

let realm: RealmServer
let rsa: SigningKey
let stranger: SigningKey
let jtis = 0

beforeAll(async () => {
  realm = await startRealm()
  stranger = await createServiceKey()
  const { privateKey, publicKey } = await generateKeyPair('RS384', { extractable: true })
  const jwk = {
    ...JSON.parse(JSON.stringify(await crypto.subtle.exportKey('jwk', publicKey))),
    key_ops: undefined,
    alg: 'RS384',
    kid: 'rsa',
    use: 'sig',
  }
  rsa = { alg: 'RS384', kid: 'rsa', privateKey, publicKeys: { keys: [jwk] } }
  realm.clients.push({
    id: 'bulk',
    name: 'Bulk',
    grants: ['client_credentials', 'authorization_code', 'refresh_token'],
    redirectUris: ['http://localhost/bulk'],
    allows: 'system/Observation.rs patient/*.rs',
    keys: { publicKeys: () => rsa.publicKeys, jku: 'https://bulk.example/jwks' },
  })
})
afterAll(() => realm.close())

type Changes = {
  header?: Partial<JWTHeaderParameters>
  claims?: JWTPayload
  key?: SigningKey
  values?: Record<string, string | undefined>
  id?: string
}

function assertion({ header = {}, claims = {}, key = realm.serviceKey, id = 'kizuna-service' }: Changes = {}): Promise<string> {
  const payload = { iss: id, sub: id, aud: `${realm.auth}/token`, exp: seconds + 300, jti: `j-${++jtis}`, ...claims }
  return new SignJWT(payload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header } as JWTHeaderParameters)
    .sign(key.privateKey)
}

async function ask(changes: Changes = {}, signed?: string): Promise<Response> {
  const client_assertion = signed ?? (await assertion(changes))
  const values = {
    grant_type: 'client_credentials',
    scope: 'system/Observation.rs',
    client_assertion_type: TYPE,
    client_assertion,
    ...changes.values,
  }
  return realm.post('/ehr/auth/token', values)
}

const errorOf = async (answer: Response): Promise<string> => `${answer.status} ${((await answer.json()) as { error?: string }).error}`

test('ES384: a token of five minutes, no refresh token, no patient', async () => {
  const answer = await ask({ values: { scope: 'system/Observation.rs system/Patient.read patient/*.rs launch' } })
  const { access_token, ...rest } = (await answer.json()) as Tokens
  expect(rest).toEqual({ token_type: 'Bearer', expires_in: 300, scope: 'system/Observation.rs system/Patient.read' })
  expect(await realm.authorization.verify(`Bearer ${access_token}`)).toEqual({
    issuer: realm.auth,
    clientId: 'kizuna-service',
    subject: 'kizuna-service',
    scope: 'system/Observation.rs system/Patient.read',
    tokenId: expect.any(String),
  })
})

test('RS384, with the registered jku, cut down to what is registered', async () => {
  const answer = await ask({
    id: 'bulk',
    key: rsa,
    header: { jku: 'https://bulk.example/jwks' },
    values: { scope: 'system/*.cruds', client_id: 'bulk' },
  })
  expect((await answer.json()) as Tokens).toMatchObject({ scope: 'system/Observation.rs' })
})

test('a confidential app signs for its code and for each refresh', async () => {
  const redirect_uri = 'http://localhost/bulk'
  const scope = 'launch patient/Observation.rs offline_access'
  const request = { client_id: 'bulk', redirect_uri, scope, launch: await launchToken(realm), code_challenge: CHALLENGE }
  const { code } = answered(await realm.get('/ehr/auth/authorize', authorizationRequest(realm, request)))
  const proof = async () => ({
    client_id: undefined,
    client_assertion_type: TYPE,
    client_assertion: await assertion({ id: 'bulk', key: rsa }),
  })
  const first = await realm.post('/ehr/auth/token', codeRequest(realm, code!, { redirect_uri, ...(await proof()) }))
  const { refresh_token } = (await first.json()) as Tokens
  const values = { grant_type: 'refresh_token', refresh_token }
  expect(await errorOf(await realm.post('/ehr/auth/token', { ...values, client_id: 'bulk' }))).toBe('401 invalid_client')
  expect(await errorOf(await realm.post('/ehr/auth/token', values))).toBe('401 invalid_client')
  expect((await realm.post('/ehr/auth/token', { ...values, ...(await proof()) })).status).toBe(200)
})

test('an assertion is good once', async () => {
  const signed = await assertion()
  expect((await ask({}, signed)).status).toBe(200)
  expect(await errorOf(await ask({}, signed))).toBe('401 invalid_client')
})

test('sent twice at the same moment: one token', async () => {
  const signed = await assertion()
  const answers = await Promise.all([ask({}, signed), ask({}, signed)])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
})

describe('refused', () => {
  test.each<[string, () => Changes]>([
    ['aud is the FHIR server', () => ({ claims: { aud: realm.fhir } })],
    ['aud is the issuer', () => ({ claims: { aud: realm.auth } })],
    ['no aud', () => ({ claims: { aud: undefined } as unknown as JWTPayload })],
    ['another sub', () => ({ claims: { sub: 'kizuna-app' } })],
    ['another iss', () => ({ claims: { iss: 'kizuna-app' } })],
    ['an unknown iss', () => ({ claims: { iss: 'nobody' } })],
    ['expired', () => ({ claims: { exp: seconds - 1 } })],
    ['more than five minutes', () => ({ claims: { exp: seconds + 301 } })],
    ['no exp', () => ({ claims: { exp: undefined } as unknown as JWTPayload })],
    ['no jti', () => ({ claims: { jti: undefined } as unknown as JWTPayload })],
    ['an empty jti', () => ({ claims: { jti: '' } })],
    ['not yet in force', () => ({ claims: { nbf: seconds + 60 } })],
    ['no kid', () => ({ header: { kid: undefined } as unknown as JWTHeaderParameters })],
    ['unknown kid', () => ({ header: { kid: 'other' } })],
    ['typ is not JWT', () => ({ header: { typ: 'at+jwt' } })],
    ['a jku not registered', () => ({ header: { jku: 'https://evil.example/jwks' } })],
    ["a stranger's key under our kid", () => ({ key: { ...stranger, kid: realm.serviceKey.kid } })],
    ["another client's key", () => ({ key: rsa })],
    ['another client_id beside it', () => ({ values: { client_id: 'kizuna-app' } })],
    ['no client_assertion_type', () => ({ values: { client_assertion_type: undefined } })],
    ['no assertion', () => ({ values: { client_assertion: undefined, client_id: 'kizuna-service' } })],
    ['not a JWT', () => ({ values: { client_assertion: 'x.y.z' } })],
  ])('%s', async (_name, changes) => expect(await errorOf(await ask(changes()))).toBe('401 invalid_client'))

  test('an algorithm off the list, none, and HS256 with the public key', async () => {
    const id = 'bulk'
    const claims = { iss: id, sub: id, aud: `${realm.auth}/token`, exp: seconds + 60, jti: 'once' }
    const { kty, n, e } = rsa.publicKeys.keys[0]!
    const publicKey = (await importJWK({ kty: kty!, n: n!, e: e!, ext: true } as never, 'RS384')) as CryptoKey
    const hs256 = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: 'rsa' })
      .sign(new TextEncoder().encode(await exportSPKI(publicKey)))
    const rs256Key = await generateKeyPair('RS256')
    const rs256 = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'rsa' }).sign(rs256Key.privateKey)
    for (const signed of [hs256, rs256, new UnsecuredJWT(claims).encode()])
      expect(await errorOf(await ask({}, signed))).toBe('401 invalid_client')
  })

  test.each([
    ['no scope', undefined, '400 invalid_request'],
    ['no system scope', 'patient/*.rs openid', '400 invalid_scope'],
    ['an unreadable scope', 'system/Observation.sr', '400 invalid_scope'],
  ])('%s', async (_name, scope, error) => expect(await errorOf(await ask({ values: { scope } }))).toBe(error))

  test('a code for a client that only serves', async () => {
    expect(await errorOf(await ask({ values: { grant_type: 'authorization_code' } }))).toBe('400 unauthorized_client')
  })

  test('a signature for a public client', async () => {
    expect(await errorOf(await ask({ id: 'kizuna-app' }))).toBe('401 invalid_client')
  })
})
