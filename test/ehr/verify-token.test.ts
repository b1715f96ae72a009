import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { calculateJwkThumbprint, exportJWK, exportSPKI, generateKeyPair, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createTokenVerifier } from '../../src/ehr/verify-token.ts'

const ISSUER = 'https://issuer.example'
const AUDIENCE = 'https://fhir.example/r4'
const NOW = new Date('2026-01-02T03:04:05Z')
const seconds = Math.floor(NOW.getTime() / 1000)
const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: 'someone', client_id: 'app', scope: 'patient/*.rs', exp: seconds + 60, iat: seconds }

interface Key {
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

async function keyFor(alg: string): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { alg, privateKey, publicKey, jwk: { ...jwk, alg, use: 'sig', kid: await calculateJwkThumbprint(jwk) } }
}

const sign = (key: Key, claims: JWTPayload = CLAIMS, kid = key.jwk.kid!): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid }).sign(key.privateKey)

let keys: Record<'ES384' | 'RS384' | 'ES256' | 'RS256' | 'foreign' | 'PS256', Key>

beforeAll(async () => {
  const [ES384, RS384, ES256, RS256, foreign, PS256] = await Promise.all(['ES384', 'RS384', 'ES256', 'RS256', 'ES384', 'PS256'].map(keyFor))
  keys = { ES384: ES384!, RS384: RS384!, ES256: ES256!, RS256: RS256!, foreign: foreign!, PS256: PS256! }
})

const verifier = (now = NOW) => {
  const published = { keys: [keys.ES384.jwk, keys.RS384.jwk, keys.ES256.jwk, keys.RS256.jwk, keys.PS256.jwk] }
  return createTokenVerifier({ issuers: [{ issuer: ISSUER, jwksUri: () => published }], audience: `${AUDIENCE}/`, now: () => now })
}

describe('accepted', () => {
  test.each(['ES384', 'RS384', 'ES256', 'RS256'] as const)('%s', async (alg) => {
    expect(await verifier()(`Bearer ${await sign(keys[alg])}`)).toEqual({
      issuer: ISSUER,
      clientId: 'app',
      subject: 'someone',
      scope: 'patient/*.rs',
    })
  })

  test.each([
    [
      'launch context',
      { patient: 'p1', fhirUser: 'Practitioner/midwife', encounter: 'e1', jti: 'j1' },
      { patient: 'p1', fhirUser: 'Practitioner/midwife', encounter: 'e1', tokenId: 'j1' },
    ],
    ['several audiences', { aud: ['https://other.example', AUDIENCE] }, {}],
    ['audience with a slash', { aud: `${AUDIENCE}/` }, {}],
    ['the client as azp', { client_id: undefined, azp: 'app2' }, { clientId: 'app2' }],
    ['a context that is no text is left out', { patient: { id: 'p1' } }, {}],
    ['no scope grants nothing', { scope: undefined }, { scope: '' }],
    ['expired within the tolerance', { exp: seconds - 5 }, {}],
  ])('%s', async (_name, claims, expected) => {
    expect(await verifier()(`bearer ${await sign(keys.ES384, { ...CLAIMS, ...claims } as JWTPayload)}`)).toMatchObject(expected)
  })
})

describe('refused', () => {
  const refusal = async (authorization: string | undefined): Promise<string> => {
    const error = await verifier()(authorization).catch((thrown: Error & { code: string }) => thrown)
    if (!(error instanceof Error)) return 'accepted'
    const token = authorization?.split(' ').at(-1) || 'no token'
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(token)
    expect(error.cause).toBeUndefined()
    return `${error.code}: ${error.message}`
  }

  test.each([
    ['no header', undefined, 'login: A bearer'],
    ['another scheme', 'Basic YTpi', 'login: A bearer'],
    ['no token', 'Bearer ', 'login: A bearer'],
    ['two tokens', 'Bearer aaa bbb', 'login: A bearer'],
    ['no JWT', 'Bearer opaque-token', 'login: The access token is not a JWT'],
  ])('%s', async (_name, authorization, reason) => expect(await refusal(authorization)).toContain(reason))

  test.each([
    ['expired', { exp: seconds - 11 }, 'expired:'],
    ['not yet in force', { nbf: seconds + 60 }, 'claim nbf'],
    ['without exp', { exp: undefined }, 'claim exp'],
    ['without sub', { sub: undefined }, 'claim sub'],
    ['a sub that is no text', { sub: 7 }, 'claim sub'],
    ['without client', { client_id: undefined }, 'claim client_id'],
    ['another issuer', { iss: 'https://evil.example' }, 'issuer'],
    ['no issuer', { iss: undefined }, 'issuer'],
    ['an issuer with one slash more', { iss: `${ISSUER}/` }, 'issuer'],
    ['another audience', { aud: 'https://other.example' }, 'claim aud'],
    ['an audience below ours', { aud: `${AUDIENCE}/Patient` }, 'claim aud'],
    ['no audience', { aud: undefined }, 'claim aud'],
  ])('%s', async (_name, claims, reason) =>
    expect(await refusal(`Bearer ${await sign(keys.ES384, { ...CLAIMS, ...claims } as JWTPayload)}`)).toContain(reason),
  )

  test('alg none', async () => expect(await refusal(`Bearer ${new UnsecuredJWT(CLAIMS).encode()}`)).toMatch(/^login/))

  test('HS256 with the public key as the secret', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(keys.RS256.publicKey))
    const token = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: keys.RS256.jwk.kid! }).sign(secret)
    expect(await refusal(`Bearer ${token}`)).toContain('algorithm')
  })

  test('an algorithm off the list', async () => expect(await refusal(`Bearer ${await sign(keys.PS256)}`)).toContain('algorithm'))
  test('an unknown kid', async () => expect(await refusal(`Bearer ${await sign(keys.foreign)}`)).toContain('does not publish'))
  test('a known kid, another key', async () => {
    expect(await refusal(`Bearer ${await sign(keys.foreign, CLAIMS, keys.ES384.jwk.kid)}`)).toContain('signature')
  })
  test('changed claims', async () => {
    const [header, , signature] = (await sign(keys.ES384)).split('.')
    const changed = Buffer.from(JSON.stringify({ ...CLAIMS, scope: 'system/*.cruds' })).toString('base64url')
    expect(await refusal(`Bearer ${header}.${changed}.${signature}`)).toContain('signature')
  })
})

describe('keys fetched over HTTP', () => {
  let server: Server
  let published: JWK[] = []
  let fetched = 0
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`

  beforeAll(async () => {
    server = createServer((_req, res) => {
      fetched += 1
      res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }))
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  })
  afterAll(() => void server.close())

  test('are cached, and fetched again for a new key', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const verify = createTokenVerifier({ issuers: [{ issuer: ISSUER, jwksUri: url() }], audience: AUDIENCE, now: () => NOW })
      published = [keys.ES384.jwk]
      const token = `Bearer ${await sign(keys.ES384)}`
      await verify(token)
      await verify(token)
      expect(fetched).toBe(1)
      published = [keys.RS384.jwk]
      vi.setSystemTime(Date.now() + 31_000)
      await verify(`Bearer ${await sign(keys.RS384)}`)
      expect(fetched).toBe(2)
      await expect(verify(token)).rejects.toMatchObject({ code: 'login' })
      expect(fetched).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })

  test('no answer: transient', async () => {
    const verify = createTokenVerifier({
      issuers: [{ issuer: ISSUER, jwksUri: 'http://127.0.0.1:1/jwks' }],
      audience: AUDIENCE,
      now: () => NOW,
    })
    await expect(verify(`Bearer ${await sign(keys.ES384)}`)).rejects.toMatchObject({ code: 'transient' })
  })
})

describe('a token that was verified before', () => {
  const setUp = async () => {
    const world = { now: NOW, published: { keys: [keys.ES384.jwk] } }
    const verify = createTokenVerifier({
      issuers: [{ issuer: ISSUER, jwksUri: () => world.published }],
      audience: AUDIENCE,
      now: () => world.now,
    })
    const token = `Bearer ${await sign(keys.ES384, { ...CLAIMS, nbf: seconds })}`
    await verify(token)
    return { world, verify, token }
  }
  const at = (offset: number) => new Date((seconds + offset) * 1000)

  test('is not reckoned again', async () => {
    const { verify, token } = await setUp()
    const reckoned = vi.spyOn(crypto.subtle, 'verify')
    try {
      expect(await verify(token)).toMatchObject({ clientId: 'app' })
      expect(reckoned).not.toHaveBeenCalled()
    } finally {
      reckoned.mockRestore()
    }
  })

  test.each([
    ['its last second with the tolerance', 69, 'app'],
    ['expired since', 70, 'expired'],
    ['a clock set back to before it was in force', -11, 'login'],
  ])('%s', async (_name, offset, expected) => {
    const { world, verify, token } = await setUp()
    world.now = at(offset)
    const found = await verify(token).catch((error: { code: string }) => ({ clientId: error.code }))
    expect(found.clientId).toBe(expected)
  })

  test.each([
    ['its key is withdrawn', () => [keys.RS384.jwk], 'does not publish'],
    ['another key under the same kid', () => [{ ...keys.foreign.jwk, kid: keys.ES384.jwk.kid! }], 'signature'],
    ['no keys at all', () => [], 'does not publish'],
  ])('refused as soon as %s', async (_name, jwks, reason) => {
    const { world, verify, token } = await setUp()
    world.published = { keys: jwks() }
    await expect(verify(token)).rejects.toThrow(reason)
  })

  test('the same key published anew still holds', async () => {
    const { world, verify, token } = await setUp()
    world.published = { keys: [keys.RS384.jwk, { ...keys.ES384.jwk }] }
    expect(await verify(token)).toMatchObject({ clientId: 'app' })
  })

  test('another signature on the same claims is another token', async () => {
    const { verify, token } = await setUp()
    const [header, claims] = token.split('.')
    const foreign = (await sign(keys.foreign, CLAIMS, keys.ES384.jwk.kid)).split('.')[2]
    await expect(verify(`${header}.${claims}.${foreign}`)).rejects.toThrow('signature')
  })
})
