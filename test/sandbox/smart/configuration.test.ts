import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RealmServer, startRealm } from './realm-server.ts'

let realm: RealmServer
beforeAll(async () => {
  realm = await startRealm()
})
afterAll(() => realm.close())

test('smart-configuration: every endpoint it names is there', async () => {
  const answer = await fetch(`${realm.fhir}/.well-known/smart-configuration`)
  expect(answer.headers.get('content-type')).toContain('application/json')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  const configuration = (await answer.json()) as Record<string, unknown>
  expect(configuration).toMatchObject({
    issuer: realm.auth,
    jwks_uri: `${realm.auth}/jwks`,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    response_types_supported: ['code'],
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    capabilities: expect.arrayContaining(['launch-ehr', 'launch-standalone', 'client-confidential-asymmetric', 'permission-v2']),
  })
  for (const [name, url] of Object.entries(configuration).filter(([name]) => name.endsWith('_endpoint'))) {
    const method = name === 'authorization_endpoint' ? 'GET' : 'POST'
    expect((await fetch(url as string, { method })).status, name).toBeOneOf([400, 401])
  }
})

test.each(['fhir', 'auth'] as const)('openid-configuration below %s', async (place) => {
  const configuration = await (await fetch(`${realm[place]}/.well-known/openid-configuration`)).json()
  expect(configuration).toMatchObject({
    issuer: realm.auth,
    id_token_signing_alg_values_supported: ['RS256'],
    subject_types_supported: ['public'],
  })
})

test('published keys hold nothing private', async () => {
  const { keys } = (await (await fetch(`${realm.auth}/jwks`)).json()) as { keys: object[] }
  expect(keys.map((key) => Object.keys(key).sort().join(' '))).toEqual(['alg crv kid kty use x y', 'alg e kid kty n use'])
})

test('the style sheet is where the token response says', async () => {
  expect(await (await fetch(`${realm.auth}/style.json`)).json()).toMatchObject({ color_background: '#ffffff' })
})

test.each(['/ehr/auth/token', '/ehr/auth/jwks', '/ehr/fhir/.well-known/smart-configuration'])(
  'a browser may ask first: %s',
  async (path) => {
    const answer = await fetch(`${realm.base}${path}`, { method: 'OPTIONS', headers: { origin: 'http://elsewhere.example' } })
    expect(answer.status).toBe(204)
    expect(answer.headers.get('access-control-allow-headers')).toContain('Content-Type')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  },
)
