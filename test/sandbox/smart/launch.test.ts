import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchLink } from '../../../src/sandbox/smart/launch.ts'
import {
  APP_SCOPES,
  answered,
  authorizationRequest,
  codeRequest,
  launchCode,
  launchToken,
  launchTokens,
  NOW,
  type RealmServer,
  startRealm,
} from './realm-server.ts'

let realm: RealmServer
beforeAll(async () => {
  realm = await startRealm()
})
afterAll(() => realm.close())

test('an EHR launch from the chart to the tokens', async () => {
  const chart = await fetch(launchLink(`${realm.base}/ehr`, { patient: 'hana', launch_url: `${realm.app}?form=epds`, encounter: 'e1' }), {
    redirect: 'manual',
  })
  expect(chart.headers.get('cache-control')).toBe('no-store')
  expect(chart.headers.get('set-cookie')).toBeNull()
  const { iss, launch, form } = answered(chart)
  expect({ iss, form }).toEqual({ iss: realm.fhir, form: 'epds' })

  const back = await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch, nonce: 'n-1' }))
  expect(back.status).toBe(302)
  expect(back.headers.get('location')).toMatch(new RegExp(`^${realm.app}\\?code=[\\w-]{43}&state=a-state$`))

  const answer = await realm.post('/ehr/auth/token', codeRequest(realm, answered(back).code!), { origin: 'http://elsewhere.example' })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  const { access_token, id_token, refresh_token, ...rest } = (await answer.json()) as Record<string, string>
  expect(rest).toEqual({
    token_type: 'Bearer',
    expires_in: 900,
    scope: APP_SCOPES,
    patient: 'hana',
    encounter: 'e1',
    need_patient_banner: true,
    smart_style_url: `${realm.auth}/style.json`,
  })
  expect(refresh_token).toMatch(/^[\w-]{43}$/)

  const published = createLocalJWKSet(await (await fetch(`${realm.auth}/jwks`)).json())
  const now = { currentDate: NOW }
  const access = await jwtVerify(access_token!, published, {
    ...now,
    issuer: realm.auth,
    audience: realm.fhir,
    typ: 'at+jwt',
    algorithms: ['ES384'],
  })
  expect(access.payload).toMatchObject({
    client_id: 'kizuna-app',
    sub: 'Practitioner/midwife',
    fhirUser: 'Practitioner/midwife',
    patient: 'hana',
    encounter: 'e1',
  })
  const identity = await jwtVerify(id_token!, published, { ...now, issuer: realm.auth, audience: 'kizuna-app', algorithms: ['RS256'] })
  const fhirUser = `${realm.fhir}/Practitioner/midwife`
  expect(identity.payload).toMatchObject({ nonce: 'n-1', fhirUser, profile: fhirUser, sub: 'Practitioner/midwife' })

  expect(await realm.authorization.verify(`Bearer ${access_token}`)).toMatchObject({
    patient: 'hana',
    scope: APP_SCOPES,
    clientId: 'kizuna-app',
  })
  await expect(realm.authorization.verify(`Bearer ${id_token}`)).rejects.toMatchObject({ code: 'login' })
})

test('what the launch says reaches the app', async () => {
  const context = [
    { canonical: 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0', type: 'Questionnaire' },
    { reference: 'Patient/baby', role: 'infant' },
  ]
  const launch = { user: 'Patient/hana', intent: 'answer', need_patient_banner: 'false', fhir_context: JSON.stringify(context) }
  const tokens = await launchTokens(realm, { launch })
  expect(tokens).toMatchObject({ patient: 'hana', intent: 'answer', need_patient_banner: false, fhirContext: context })
  expect(tokens.encounter).toBeUndefined()
  expect(await realm.authorization.verify(`Bearer ${tokens.access_token}`)).toMatchObject({ fhirUser: 'Patient/hana' })
})

test('a mother gets no user scopes, a midwife does', async () => {
  const request = { scope: 'launch patient/Observation.rs user/Practitioner.rs' }
  expect(await launchTokens(realm, { request, launch: { user: 'Patient/hana' } })).toMatchObject({ scope: 'launch patient/Observation.rs' })
  expect(await launchTokens(realm, { request, launch: { user: 'RelatedPerson/r1' } })).toMatchObject({
    scope: 'launch patient/Observation.rs',
  })
  expect(await launchTokens(realm, { request })).toMatchObject({ scope: request.scope })
})

test('fewer scopes than asked: the token says so', async () => {
  const client = realm.clients.find(({ id }) => id === 'kizuna-app')!
  client.denyScopes = 'patient/Observation.cu online_access fhirUser'
  const tokens = await launchTokens(realm)
  delete client.denyScopes
  expect(tokens.scope).toBe('launch openid patient/Patient.r patient/Observation.rs')
  expect(tokens.refresh_token).toBeUndefined()
  expect(Buffer.from(tokens.id_token!.split('.')[1]!, 'base64url').toString()).not.toContain('fhirUser')
})

test('without openid there is no id token', async () => {
  const tokens = await launchTokens(realm, { request: { scope: 'launch fhirUser patient/Patient.read' } })
  expect(tokens.scope).toBe('launch patient/Patient.read')
  expect(tokens.id_token).toBeUndefined()
})

test('a launch is good once, and for five minutes', async () => {
  const launch = await launchToken(realm)
  const use = async () => answered(await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch })))
  expect(await use()).toHaveProperty('code')
  expect(await use()).toMatchObject({ error: 'invalid_request', state: 'a-state' })
  const late = await launchToken(realm)
  realm.after(301)
  expect(answered(await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch: late })))).toMatchObject({
    error: 'invalid_request',
  })
})

test('an app on any port of this machine may be opened', async () => {
  expect(await launchToken(realm, { launch_url: 'http://localhost:3000/launch' })).toMatch(/^[\w-]{43}$/)
  const redirect_uri = 'http://localhost:3000/back?x=1'
  const code = await launchCode(realm, { request: { client_id: 'any-public-app', redirect_uri } })
  const answer = await realm.post('/ehr/auth/token', codeRequest(realm, code, { client_id: 'any-public-app', redirect_uri }))
  expect(answer.status).toBe(200)
})

describe('a launch is refused with a page', () => {
  test.each([
    ['no such patient', { patient: 'nobody' }],
    ['no patient', { patient: undefined }],
    ['no app', { launch_url: undefined }],
    ['an app elsewhere', { launch_url: 'https://evil.example/launch' }],
    ['a name that only looks local', { launch_url: 'http://localhost.evil.example/' }],
    ['user information that looks local', { launch_url: 'http://localhost:80@evil.example/' }],
    ['a script', { launch_url: 'javascript:alert(1)' }],
    ['a relative address', { launch_url: '//evil.example' }],
    ['an encounter that is no id', { encounter: 'a/b' }],
    ['another type of user', { user: 'Device/d1' }],
    ['a mother with the record of another', { user: 'Patient/yui' }],
    ['context that is not JSON', { fhir_context: '[' }],
    ['context that is no array', { fhir_context: '{}' }],
    ['context without a pointer', { fhir_context: '[{"type":"Questionnaire"}]' }],
    ['context with an empty role', { fhir_context: '[{"reference":"Task/1","role":""}]' }],
    ['a patient as launch context', { fhir_context: '[{"reference":"Patient/hana"}]' }],
  ])('%s', async (_name, changes) => {
    const answer = await realm.get('/ehr/launch', { patient: 'hana', launch_url: realm.app, ...changes })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await answer.text()).toContain('cannot be opened')
  })

  test('a parameter twice', async () => {
    const answer = await fetch(`${realm.base}/ehr/launch?patient=hana&patient=yui&launch_url=${realm.app}`, { redirect: 'manual' })
    expect(answer.status).toBe(400)
  })
})

describe('launches that are made difficult', () => {
  const launched = async (options: Record<string, string>) => {
    const launch = await launchToken(realm, options)
    const back = await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch }))
    return answered(back)
  }
  const tokensOf = async (options: Record<string, string>) => {
    const { code } = await launched(options)
    const answer = await realm.post('/ehr/auth/token', codeRequest(realm, code!))
    return (await answer.json()) as Record<string, unknown>
  }

  test('no more is granted than the launch says; who and which patient always is', async () => {
    expect(await tokensOf({ scopes: 'patient/*.rs' })).toMatchObject({
      scope: 'launch openid fhirUser patient/Patient.r patient/Observation.rs',
    })
    expect(await tokensOf({ scopes: 'patient/*.rs' })).not.toHaveProperty('refresh_token')
  })

  test('a token lives as long as the launch says', async () => {
    expect(await tokensOf({ lifetime: '40' })).toMatchObject({ expires_in: 40 })
  })

  test('no patient beside the token; no style, or another', async () => {
    expect(await tokensOf({ outcome: 'no-patient' })).not.toHaveProperty('patient')
    expect(await tokensOf({ smart_style_url: 'none' })).not.toHaveProperty('smart_style_url')
    expect(await tokensOf({ smart_style_url: 'http://127.0.0.1:1/x.json' })).toMatchObject({ smart_style_url: 'http://127.0.0.1:1/x.json' })
  })

  test.each([
    ['denied', 'access_denied'],
    ['server-error', 'server_error'],
  ])('%s: the app gets %s', async (outcome, error) => {
    expect(await launched({ outcome })).toMatchObject({ error, state: 'a-state' })
  })

  test.each([
    ['expired-code', 'invalid_grant'],
    ['no-token', 'unauthorized_client'],
  ])('%s: the token endpoint says %s', async (outcome, error) => {
    expect(await tokensOf({ outcome })).toMatchObject({ error })
  })

  test.each([
    { lifetime: '0' },
    { lifetime: '901' },
    { lifetime: 'x' },
    { outcome: 'fire' },
    { smart_style_url: 'https://evil.example/x' },
  ])('refused: %j', async (options) => {
    const answer = await realm.get('/ehr/launch', { patient: 'hana', launch_url: realm.app, ...options } as Record<string, string>)
    expect(answer.status).toBe(400)
  })

  test('a frame for each chart, which only names what was asked for', async () => {
    const page = await fetch(
      `${realm.base}/ehr/frame?patient=hana&patient=yui&launch_url=${encodeURIComponent(realm.app)}&intent="><script>`,
    )
    const html = await page.text()
    expect(page.headers.get('content-security-policy')).toContain("frame-src 'self'")
    expect([...html.matchAll(/<iframe src="([^"]+)"/g)].map(([, src]) => /patient=(\w+)/.exec(src!)![1])).toEqual(['hana', 'yui'])
    expect(html).not.toContain('<script')
    expect(html).toContain('&lt;b&gt;Mori')
    expect((await fetch(`${realm.base}/ehr/frame?patient=nobody`)).status).toBe(400)
  })
})
