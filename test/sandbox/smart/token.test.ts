import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newFolder } from '../../queue/store.ts'
import {
  answered,
  authorizationRequest,
  codeRequest,
  launchCode,
  launchToken,
  launchTokens,
  type RealmServer,
  startRealm,
  type Tokens,
} from './realm-server.ts'

let realm: RealmServer
beforeAll(async () => {
  realm = await startRealm()
})
afterAll(() => realm.close())

type Values = Record<string, string | undefined>
const token = (values: Values, headers = {}): Promise<Response> => realm.post('/ehr/auth/token', values, headers)
const errorOf = async (answer: Response): Promise<string> => `${answer.status} ${((await answer.json()) as { error: string }).error}`
const refresh = (refreshToken: string | undefined, changes: Values = {}): Promise<Response> =>
  token({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'kizuna-app', ...changes })
const isInForce = (tokens: Tokens): Promise<boolean> =>
  realm.authorization.verify(`Bearer ${tokens.access_token}`).then(
    () => true,
    () => false,
  )

describe('a code is refused', () => {
  test.each<[string, Values, string]>([
    ['no grant_type', { grant_type: undefined }, '400 invalid_request'],
    ['another grant_type', { grant_type: 'password' }, '400 unsupported_grant_type'],
    ['a grant_type that objects have', { grant_type: 'constructor' }, '400 unsupported_grant_type'],
    ['no code', { code: undefined }, '400 invalid_request'],
    ['unknown code', { code: 'made-up' }, '400 invalid_grant'],
    ['no client', { client_id: undefined }, '401 invalid_client'],
    ['unknown client', { client_id: 'nobody' }, '401 invalid_client'],
    ['another client', { client_id: 'any-public-app' }, '400 invalid_grant'],
    ['a confidential client that does not sign', { client_id: 'kizuna-service' }, '401 invalid_client'],
    ['a grant the client is not registered for', { grant_type: 'client_credentials', scope: 'system/*.rs' }, '400 unauthorized_client'],
    ['no redirect_uri', { redirect_uri: undefined }, '400 invalid_grant'],
    ['another redirect_uri', { redirect_uri: 'http://localhost/' }, '400 invalid_grant'],
    ['no verifier', { code_verifier: undefined }, '400 invalid_request'],
    ['another verifier', { code_verifier: 'x'.repeat(43) }, '400 invalid_grant'],
    ['a short verifier', { code_verifier: 'x' }, '400 invalid_grant'],
  ])('%s', async (_name, changes, error) => {
    const code = await launchCode(realm)
    const answer = await token(codeRequest(realm, code, changes))
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await errorOf(answer)).toBe(error)
  })

  test('a client secret', async () => {
    const code = await launchCode(realm)
    const answer = await token(codeRequest(realm, code), { authorization: 'Basic a2l6dW5hLWFwcDp4' })
    expect(answer.headers.get('www-authenticate')).toBe('Basic')
    expect(await errorOf(answer)).toBe('401 invalid_client')
  })

  test('after a minute', async () => {
    const code = await launchCode(realm)
    realm.after(61)
    expect(await errorOf(await token(codeRequest(realm, code)))).toBe('400 invalid_grant')
  })

  test('a verifier guessed wrong spends it', async () => {
    const code = await launchCode(realm)
    await token(codeRequest(realm, code, { code_verifier: 'x'.repeat(43) }))
    expect(await errorOf(await token(codeRequest(realm, code)))).toBe('400 invalid_grant')
  })

  test('a parameter twice, JSON, a body too large', async () => {
    const post = (body: string, type = 'application/x-www-form-urlencoded') =>
      fetch(`${realm.auth}/token`, { method: 'POST', body, headers: { 'content-type': type } })
    expect(await errorOf(await post('grant_type=authorization_code&grant_type=refresh_token'))).toBe('400 invalid_request')
    expect(await errorOf(await post('{"grant_type":"authorization_code"}', 'application/json'))).toBe('400 invalid_request')
    expect(await errorOf(await post(`grant_type=${'x'.repeat(70_000)}`))).toBe('400 invalid_request')
    expect(await errorOf(await post(''))).toBe('400 invalid_request')
  })
})

test('a code presented twice takes back what it gave', async () => {
  const code = await launchCode(realm)
  const tokens = (await (await token(codeRequest(realm, code))).json()) as Tokens
  expect(await isInForce(tokens)).toBe(true)
  expect(await errorOf(await token(codeRequest(realm, code)))).toBe('400 invalid_grant')
  expect(await isInForce(tokens)).toBe(false)
  expect(await errorOf(await refresh(tokens.refresh_token))).toBe('400 invalid_grant')
})

test('a code presented twice at the same moment: no token stays in force', async () => {
  const code = await launchCode(realm)
  const answers = await Promise.all([token(codeRequest(realm, code)), token(codeRequest(realm, code))])
  const given = answers.filter(({ status }) => status === 200)
  expect(given).toHaveLength(1)
  expect(await isInForce((await given[0]!.json()) as Tokens)).toBe(false)
})

describe('refresh', () => {
  test('rotates, and tells the launch context again', async () => {
    const first = await launchTokens(realm, { launch: { encounter: 'e1' } })
    const second = (await (await refresh(first.refresh_token)).json()) as Tokens
    const { access_token: _, refresh_token: __, id_token: ___, ...same } = first
    expect(second).toMatchObject(same)
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(await isInForce(second)).toBe(true)
  })

  test('a public app need not name itself', async () => {
    const { refresh_token } = await launchTokens(realm)
    expect((await refresh(refresh_token, { client_id: undefined })).status).toBe(200)
    expect(await errorOf(await refresh('made-up', { client_id: undefined }))).toBe('400 invalid_grant')
  })

  test('an old one used again takes everything back', async () => {
    const first = await launchTokens(realm)
    const second = (await (await refresh(first.refresh_token)).json()) as Tokens
    expect(await errorOf(await refresh(first.refresh_token))).toBe('400 invalid_grant')
    expect(await isInForce(second)).toBe(false)
    expect(await errorOf(await refresh(second.refresh_token))).toBe('400 invalid_grant')
  })

  test('for less scope, once', async () => {
    const first = await launchTokens(realm)
    const less = (await (await refresh(first.refresh_token, { scope: 'launch patient/Observation.rs?category=survey' })).json()) as Tokens
    expect(less.scope).toBe('launch patient/Observation.rs?category=survey')
    expect(await realm.authorization.verify(`Bearer ${less.access_token}`)).toMatchObject({ scope: less.scope })
    expect(((await (await refresh(less.refresh_token)).json()) as Tokens).scope).toBe(first.scope)
  })

  test.each<[string, Values, string]>([
    ['more letters', { scope: 'patient/Observation.cruds' }, '400 invalid_scope'],
    ['another type', { scope: 'patient/Condition.r' }, '400 invalid_scope'],
    ['another context', { scope: 'user/Patient.r' }, '400 invalid_scope'],
    ['an unknown scope', { scope: 'launch patient/x.y' }, '400 invalid_scope'],
    ['another client', { client_id: 'any-public-app' }, '400 invalid_grant'],
    ['an unknown token', { refresh_token: 'made-up' }, '400 invalid_grant'],
    ['no token', { refresh_token: undefined }, '400 invalid_request'],
  ])('is refused: %s; the token stays good', async (_name, changes, error) => {
    const { refresh_token } = await launchTokens(realm)
    expect(await errorOf(await refresh(refresh_token, changes))).toBe(error)
    expect((await refresh(refresh_token)).status).toBe(200)
  })

  test('lives a day', async () => {
    const { refresh_token } = await launchTokens(realm)
    realm.after(24 * 3600 + 1)
    expect(await errorOf(await refresh(refresh_token))).toBe('400 invalid_grant')
  })

  test('none without online_access or offline_access', async () => {
    const tokens = await launchTokens(realm, { request: { scope: 'launch patient/*.rs' } })
    expect(tokens.refresh_token).toBeUndefined()
  })
})

test('an access token lives 15 minutes', async () => {
  const tokens = await launchTokens(realm)
  realm.after(899)
  expect(await isInForce(tokens)).toBe(true)
  realm.after(1)
  await expect(realm.authorization.verify(`Bearer ${tokens.access_token}`)).rejects.toMatchObject({ code: 'expired' })
})

test('any public app gets at most what it is registered for', async () => {
  const redirect_uri = 'http://localhost:9/'
  const request = {
    client_id: 'any-public-app',
    redirect_uri,
    scope: 'launch patient/*.* user/*.read system/*.read',
    launch: await launchToken(realm),
  }
  const back = await realm.get('/ehr/auth/authorize', authorizationRequest(realm, request))
  const answer = await token(codeRequest(realm, answered(back).code!, { client_id: 'any-public-app', redirect_uri }))
  expect(((await answer.json()) as Tokens).scope).toBe('launch patient/*.* user/*.read')
})

test('after a restart a kept refresh token is good, once; a spent one takes all back; what was taken back stays so', async () => {
  const file = join(newFolder(), 'authorization.sqlite')
  const before = await startRealm(file)
  const [good, revoked] = [await launchTokens(before), await launchTokens(before)]
  const request = (refreshToken: string | undefined) => ({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'kizuna-app',
  })
  await before.post('/ehr/auth/revoke', { token: revoked.refresh_token, client_id: 'kizuna-app' })
  before.close()
  const after = await startRealm(file)
  const statusOf = async (token: string | undefined) => (await after.post('/ehr/auth/token', request(token))).status
  expect([await statusOf(revoked.refresh_token), await statusOf(good.refresh_token), await statusOf(good.refresh_token)]).toEqual([
    400, 200, 400,
  ])
  after.close()
  expect(readFileSync(file).includes(good.refresh_token!)).toBe(false)
})
