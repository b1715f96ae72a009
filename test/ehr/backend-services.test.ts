import { decodeJwt, exportJWK, generateKeyPair, type JWK } from 'jose'
import nock from 'nock'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BackendClient, createTokenSource, requestToken } from '../../src/ehr/backend-services.ts'
import { createFhirServer } from '../../src/ehr/fhir-server.ts'
import { type SigningKeys, signingKeysOf } from '../../src/ehr/signing-keys.ts'
import { createTenantServer } from '../../src/ehr/tenant.ts'
import { NOW, startRealm } from '../sandbox/smart/realm-server.ts'

const HOST = 'https://auth.example'
const FHIR = { 'content-type': 'application/fhir+json' }
let keys: SigningKeys
let time: number

beforeAll(async () => {
  const { privateKey } = await generateKeyPair('ES384', { extractable: true })
  keys = await signingKeysOf([await exportJWK(privateKey)])
})
beforeEach(() => {
  time = NOW.getTime()
  nock.disableNetConnect()
})
afterEach(() => {
  const pending = nock.pendingMocks()
  nock.cleanAll()
  nock.enableNetConnect()
  expect(pending).toEqual([])
})

const clientAt = (endpoint: string, more: Partial<BackendClient> = {}): BackendClient => ({
  clientId: 'kizuna-service',
  scope: 'system/Observation.crus',
  signer: () => keys.signer(NOW),
  tokenEndpoint: async () => endpoint,
  now: () => new Date(time),
  delay: () => 0,
  ...more,
})
const client = (more: Partial<BackendClient> = {}) => clientAt(`${HOST}/token`, more)
const granted = (token: string, seconds = 300) => ({
  access_token: token,
  token_type: 'bearer',
  expires_in: seconds,
  scope: 'system/Observation.rs',
})

test('the embedded authorization server gives a token for our assertion', async () => {
  nock.enableNetConnect('127.0.0.1')
  const realm = await startRealm()
  const token = await requestToken(clientAt(`${realm.auth}/token`, { signer: () => realm.serviceKey }))
  expect(token.scope).toBe('system/Observation.crus')
  expect(token.expiresAt).toBeGreaterThan(NOW.getTime())
  expect((await realm.authorization.verify(`Bearer ${token.accessToken}`)).clientId).toBe('kizuna-service')
  realm.close()
})

describe('what a token endpoint does wrong', () => {
  test.each([
    [400, { error: 'invalid_scope' }, 'login', 'answered 400 (invalid_scope)'],
    [401, { error: 'invalid_client', error_description: 'Hanako' }, 'login', 'answered 401 (invalid_client)'],
    [403, {}, 'login', 'answered 403'],
    [404, '<html>', 'login', 'answered 404'],
    [200, '<html>', 'processing', 'without a token'],
    [200, {}, 'processing', 'without a token'],
    [302, '', 'login', 'answered 302'],
  ])('%i %j: %s, not repeated', async (status, body, code, message) => {
    nock(HOST).post('/token').reply(status, body)
    const failure = await requestToken(client()).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
    expect(String(failure)).not.toContain('Hanako')
  })

  test.each([429, 500, 503])('%i passes; the next assertion is another one', async (status) => {
    const seen: string[] = []
    const note = (body: unknown) => {
      const { jti, exp, iat, aud } = decodeJwt((body as { client_assertion: string }).client_assertion)
      expect([aud, exp! - iat! <= 300]).toEqual([`${HOST}/token`, true])
      return seen.push(jti!) > 0
    }
    nock(HOST).post('/token', note).reply(status, '', { 'retry-after': '0' }).post('/token', note).reply(200, granted('a'))
    await requestToken(client())
    expect(new Set(seen).size).toBe(2)
  })

  test('half an answer passes', async () => {
    nock(HOST).post('/token').replyWithError('socket hang up').post('/token').reply(200, granted('a'))
    expect((await requestToken(client())).accessToken).toBe('a')
  })
})

describe('the token in hand', () => {
  test('kept until shortly before its end', async () => {
    const source = createTokenSource(client())
    nock(HOST).post('/token').reply(200, granted('a')).post('/token').reply(200, granted('b'))
    expect(await source({ fresh: false })).toBe('a')
    time += 280_000
    expect(await source({ fresh: false })).toBe('a')
    time += 6_000
    expect(await source({ fresh: false })).toBe('b')
  })

  test('many who ask at once make one request', async () => {
    const source = createTokenSource(client())
    nock(HOST).post('/token').reply(200, granted('a'))
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => source({ fresh: false }))))).toEqual(new Set(['a']))
  })

  test('rejected by the server: replaced once, however many were refused with it', async () => {
    const source = createTokenSource(client())
    nock(HOST).post('/token').reply(200, granted('a')).post('/token').reply(200, granted('b'))
    await source({ fresh: false })
    expect(await source({ fresh: true, rejected: 'a' })).toBe('b')
    expect(await source({ fresh: true, rejected: 'a' })).toBe('b')
  })

  test('a failure is not kept', async () => {
    const source = createTokenSource(client())
    nock(HOST).post('/token').reply(401, {}).post('/token').reply(200, granted('a'))
    await expect(source({ fresh: false })).rejects.toMatchObject({ code: 'login' })
    expect(await source({ fresh: false })).toBe('a')
  })
})

describe('a tenant', () => {
  const tenant = { id: 'a', fhirBaseUrl: `${HOST}/fhir`, clientId: 'kizuna' }
  const server = () => createTenantServer(tenant, { keys, delay: () => 0, attempts: 2 })
  const discovery = (endpoint: string) => nock(HOST).get('/fhir/.well-known/smart-configuration').reply(200, { token_endpoint: endpoint })

  test('finds its token endpoint once, logs in, and once more after a 401', async () => {
    discovery(`${HOST}/token`)
    nock(HOST).post('/token').reply(200, granted('a')).post('/token').reply(200, granted('b'))
    nock(HOST, { reqheaders: { authorization: 'Bearer a' } })
      .get('/fhir/Patient/p')
      .reply(401)
    nock(HOST, { reqheaders: { authorization: 'Bearer b' } })
      .get('/fhir/Patient/p')
      .reply(200, { resourceType: 'Patient', id: 'p' }, FHIR)
    expect((await server().read('Patient', 'p')).id).toBe('p')
  })

  test.each([['no URL'], ['http://auth.example/token']])('a token endpoint that is %s gets no assertion', async (endpoint) => {
    discovery(endpoint)
    await expect(server().read('Patient', 'p')).rejects.toMatchObject({ code: 'invalid' })
  })

  test('no smart-configuration', async () => {
    nock(HOST).get('/fhir/.well-known/smart-configuration').reply(404, '<html>')
    await expect(server().read('Patient', 'p')).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('keys', () => {
  const jwk = async (alg: string, more: object = {}): Promise<JWK> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return { ...(await exportJWK(privateKey)), ...more }
  }

  test('the newest that is in force signs; all are published, without private parts', async () => {
    const rotated = await signingKeysOf([
      await jwk('ES384', { kid: 'old' }),
      await jwk('RS384', { kid: 'new', nbf: NOW.getTime() / 1000 }),
      await jwk('ES384', { kid: 'next', nbf: NOW.getTime() / 1000 + 60 }),
    ])
    const signerAfter = (seconds: number) => rotated.signer(new Date(NOW.getTime() + seconds * 1000))
    expect([-1, 0, 60].map((seconds) => signerAfter(seconds).kid)).toEqual(['old', 'new', 'next'])
    expect(signerAfter(0).alg).toBe('RS384')
    expect(rotated.publicKeys.keys.map(({ kid }) => kid)).toEqual(['old', 'new', 'next'])
    for (const key of rotated.publicKeys.keys) for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi']) expect(key).not.toHaveProperty(name)
  })

  test.each([
    ['P-256', () => jwk('ES256'), 'neither EC P-384'],
    ['a public key', async () => ({ ...(await jwk('ES384')), d: undefined }) as unknown as JWK, 'no private part'],
    ['no key', async () => ({ kty: 'EC', crv: 'P-384', d: 'x' }) as JWK, 'cannot be read'],
  ])('%s is refused', async (_name, make, reason) => {
    await expect(signingKeysOf([await make()])).rejects.toThrow(reason)
  })
})

test('a server that is down is left alone, then probed by one request', async () => {
  const { createCircuit } = await import('../../src/ehr/circuit.ts')
  let now = 0
  const circuit = createCircuit({ failures: 2, openFor: 1000, now: () => now })
  const server = createFhirServer({ baseUrl: `${HOST}/fhir`, attempts: 1, circuit })
  nock(HOST).get('/fhir/Patient/p').times(2).reply(503)
  for (const _ of [1, 2]) await expect(server.read('Patient', 'p')).rejects.toMatchObject({ status: 503 })
  expect(circuit.state()).toBe('open')
  await expect(server.read('Patient', 'p')).rejects.toMatchObject({ name: 'AssessmentError', code: 'transient', retryAfter: 1000 })
  now = 1000
  nock(HOST).get('/fhir/Patient/p').reply(200, { resourceType: 'Patient', id: 'p' }, FHIR)
  const both = await Promise.allSettled([server.read('Patient', 'p'), server.read('Patient', 'p')])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(circuit.state()).toBe('closed')
})
