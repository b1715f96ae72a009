import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchTokens, type RealmServer, startRealm } from './realm-server.ts'

let realm: RealmServer
beforeAll(async () => {
  realm = await startRealm()
})
afterAll(() => realm.close())

type State = Record<string, unknown>
const introspect = async (token: string | undefined, bearer: string): Promise<State> => {
  const answer = await realm.post('/ehr/auth/introspect', { token }, { authorization: `Bearer ${bearer}` })
  return { status: answer.status, ...((await answer.json()) as State) }
}
const revoke = (token: string | undefined, client_id = 'kizuna-app'): Promise<Response> =>
  realm.post('/ehr/auth/revoke', { token, client_id })

describe('introspection', () => {
  test('an access token, a refresh token, neither', async () => {
    const { access_token, refresh_token, scope } = await launchTokens(realm)
    const shared = { status: 200, active: true, scope, client_id: 'kizuna-app', iss: realm.auth }
    const access = await introspect(access_token, access_token)
    expect(access).toMatchObject({ ...shared, patient: 'hana', fhirUser: 'Practitioner/midwife', exp: expect.any(Number), aud: realm.fhir })
    expect(await introspect(refresh_token, access_token)).toEqual({ ...shared, token_type: 'refresh_token', sub: 'Practitioner/midwife' })
    expect(await introspect('made-up', access_token)).toEqual({ status: 200, active: false })
  })

  test('an expired token is not active', async () => {
    const old = await launchTokens(realm)
    realm.after(901)
    const { access_token } = await launchTokens(realm)
    expect(await introspect(old.access_token, access_token)).toEqual({ status: 200, active: false })
  })

  test('not for strangers', async () => {
    const { access_token } = await launchTokens(realm)
    expect(await introspect(access_token, 'made-up')).toMatchObject({ status: 401, error: 'invalid_client' })
    const answer = await realm.post('/ehr/auth/introspect', { token: access_token, client_id: 'kizuna-app' })
    expect(answer.status).toBe(401)
    expect(await introspect(undefined, access_token)).toMatchObject({ status: 400, error: 'invalid_request' })
  })
})

describe('revocation', () => {
  test.each(['access_token', 'refresh_token'] as const)('of the %s takes both back', async (name) => {
    const tokens = await launchTokens(realm)
    const other = await launchTokens(realm)
    const answer = await revoke(tokens[name])
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    await expect(realm.authorization.verify(`Bearer ${tokens.access_token}`)).rejects.toMatchObject({
      code: 'login',
      message: expect.stringContaining('revoked'),
    })
    expect(await introspect(tokens.refresh_token, other.access_token)).toEqual({ status: 200, active: false })
    expect((await introspect(other.access_token, other.access_token)).active).toBe(true)
    expect((await revoke(tokens[name])).status).toBe(200)
  })

  test('an unknown token: done', async () => expect((await revoke('made-up')).status).toBe(200))
  test('no token', async () => expect((await revoke(undefined)).status).toBe(400))
  test('no client', async () => expect((await revoke('made-up', 'nobody')).status).toBe(401))
  test("another client's token stays", async () => {
    const { access_token } = await launchTokens(realm)
    expect((await revoke(access_token, 'any-public-app')).status).toBe(400)
    expect((await introspect(access_token, access_token)).active).toBe(true)
  })
})
