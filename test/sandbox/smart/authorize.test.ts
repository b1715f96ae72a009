import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answered, authorizationRequest, codeRequest, launchToken, type RealmServer, startRealm, type Tokens } from './realm-server.ts'

let realm: RealmServer
beforeAll(async () => {
  realm = await startRealm()
})
afterAll(() => realm.close())

const authorize = async (changes: Record<string, string | undefined>): Promise<Response> =>
  realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch: await launchToken(realm), ...changes }))

describe('sent to the app', () => {
  test.each([
    ['no response_type', { response_type: undefined }, 'invalid_request'],
    ['implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['no state', { state: undefined }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
    ['PKCE plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['PKCE method absent', { code_challenge_method: undefined }, 'invalid_request'],
    ['a challenge that is no hash', { code_challenge: 'short' }, 'invalid_request'],
    ['no aud', { aud: undefined }, 'invalid_request'],
    ['another aud', { aud: 'https://other.example/fhir' }, 'invalid_request'],
    ['no scope', { scope: undefined }, 'invalid_request'],
    ['only scopes that cannot be granted', { scope: 'system/*.rs patient/Observation.sr constructor' }, 'invalid_scope'],
    ['a launch without its scope', { scope: 'patient/*.rs' }, 'invalid_scope'],
    ['an unknown launch', { launch: 'made-up' }, 'invalid_request'],
  ])('%s', async (_name, changes, error) => {
    const answer = await authorize(changes)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toMatch(new RegExp(`^${realm.app}\\?error=`))
    expect(answered(answer).error_description).toMatch(/^[\x20-\x7e]+$/)
    expect(answered(answer)).toEqual({ error, error_description: expect.any(String), ...(!('state' in changes) && { state: 'a-state' }) })
  })
})

describe('shown as a page, sent nowhere', () => {
  test.each([
    ['unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: undefined }],
    ['a client without a browser', { client_id: 'kizuna-service' }],
    ['no redirect_uri', { redirect_uri: undefined }],
    ['another site', { redirect_uri: 'https://evil.example/' }],
    ['one slash more', { redirect_uri: 'APP/' }],
    ['a query more', { redirect_uri: 'APP?x=1' }],
    ['another path', { redirect_uri: 'APP/../evil.html' }],
    ['any app, not of this machine', { client_id: 'any-public-app', redirect_uri: 'https://evil.example/localhost' }],
    ['any app, a name that begins so', { client_id: 'any-public-app', redirect_uri: 'http://127.0.0.1.evil.example/' }],
    ['any app, user information', { client_id: 'any-public-app', redirect_uri: 'http://localhost@evil.example/' }],
    ['any app, user information of this machine', { client_id: 'any-public-app', redirect_uri: 'http://a:b@localhost/' }],
    ['any app, backslash', { client_id: 'any-public-app', redirect_uri: 'http://evil.example\\@localhost/' }],
    ['any app, a script', { client_id: 'any-public-app', redirect_uri: 'javascript://localhost/%0aalert(1)' }],
    ['any app, a fragment', { client_id: 'any-public-app', redirect_uri: 'http://localhost/#x' }],
    ['any app, a line break', { client_id: 'any-public-app', redirect_uri: 'http://localhost/\r\nx: y' }],
  ])('%s', async (_name, changes) => {
    const redirect = 'redirect_uri' in changes && changes.redirect_uri && { redirect_uri: changes.redirect_uri.replace('APP', realm.app) }
    const answer = await authorize({ ...changes, ...redirect })
    expect(answer.status).toBe(400)
    expect(answer.headers.get('location')).toBeNull()
    expect(answer.headers.get('content-type')).toContain('text/html')
  })

  test('redirect_uri twice', async () => {
    const query = new URLSearchParams(authorizationRequest(realm) as Record<string, string>)
    query.append('redirect_uri', 'https://evil.example')
    const answer = await fetch(`${realm.auth}/authorize?${query}`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([400, null])
  })
})

test.each([
  ['a slash after aud is tolerated', 'GET', { aud: 'FHIR/' }],
  ['by POST', 'POST', {}],
])('%s', async (_name, method, changes: { aud?: string }) => {
  const aud = (changes.aud ?? 'FHIR').replace('FHIR', realm.fhir)
  const request = authorizationRequest(realm, { launch: await launchToken(realm), aud })
  const answer = await (method === 'POST' ? realm.post('/ehr/auth/authorize', request) : realm.get('/ehr/auth/authorize', request))
  expect(answered(answer)).toEqual({ code: expect.any(String), state: 'a-state' })
})

test.each(['http://localhost:1/x', 'https://127.0.0.1:65535/', 'http://[::1]:8080/a/b?c=d'])(
  'any app may return to %s',
  async (redirect_uri) => {
    const answer = await authorize({ client_id: 'any-public-app', redirect_uri })
    expect(new URL(answer.headers.get('location')!).origin).toBe(new URL(redirect_uri).origin)
    expect(answered(answer)).toHaveProperty('code')
  },
)

describe('standalone launch', () => {
  const scope = 'launch launch/patient openid fhirUser patient/Observation.rs offline_access'
  const picker = () => realm.get('/ehr/auth/authorize', authorizationRequest(realm, { scope }))
  const linksOf = (html: string): string[] => [...html.matchAll(/href="([^"]+)"/g)].map(([, link]) => link!.replaceAll('&amp;', '&'))
  const follow = (link: string): Promise<Response> => fetch(new URL(link, `${realm.auth}/`), { redirect: 'manual' })

  test('the picker lists the patients as plain links, names escaped, nothing else allowed', async () => {
    const answer = await picker()
    const html = await answer.text()
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'/,
    )
    expect(html).toContain('<html lang="en">')
    expect(html).toContain('Sato Hana <span class="born">born 1994-05-06</span>')
    expect(html).toContain('&lt;b&gt;Mori&lt;/b&gt; Yui')
    expect(html).not.toMatch(/<script|<b>/)
    expect(linksOf(html)).toHaveLength(4)
  })

  test('a choice ends in tokens for that patient', async () => {
    const [link] = linksOf(await (await picker()).text())
    const back = await follow(link!)
    expect(answered(back)).toMatchObject({ state: 'a-state' })
    const tokens = (await (await realm.post('/ehr/auth/token', codeRequest(realm, answered(back).code!))).json()) as Tokens
    expect(tokens).toMatchObject({
      patient: 'hana',
      need_patient_banner: true,
      scope: scope.replace('launch ', ''),
      refresh_token: expect.any(String),
    })
    const again = await follow(link!)
    expect([again.status, again.headers.get('location')]).toEqual([400, null])
  })

  test('she opens her record herself', async () => {
    const links = linksOf(await (await picker()).text())
    const back = await follow(links[3]!)
    const tokens = (await (await realm.post('/ehr/auth/token', codeRequest(realm, answered(back).code!))).json()) as Tokens
    expect(tokens.patient).toBe('yui')
    expect(await realm.authorization.verify(`Bearer ${tokens.access_token}`)).toMatchObject({ fhirUser: 'Patient/yui', patient: 'yui' })
  })

  test.each([
    ['unknown patient', (link: string) => link.replace('hana', 'nobody')],
    ['made-up choice', (link: string) => link.replace(/choice=[\w-]+/, 'choice=x')],
    ['nothing', () => 'patient'],
  ])('%s: a page', async (_name, change) => {
    const [link] = linksOf(await (await picker()).text())
    expect((await follow(change(link!))).status).toBe(400)
  })

  test('a choice expires', async () => {
    const [link] = linksOf(await (await picker()).text())
    realm.after(601)
    expect((await follow(link!)).status).toBe(400)
  })

  test('nothing left to grant: told to the app after the choice', async () => {
    const client = realm.clients.find(({ id }) => id === 'kizuna-app')!
    client.denyScopes = 'patient/*.cruds'
    const answer = await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { scope: 'patient/Observation.rs' }))
    const [link] = linksOf(await answer.text())
    expect(answered(await follow(link!))).toMatchObject({ error: 'invalid_scope', state: 'a-state' })
    delete client.denyScopes
  })

  test('without patient scopes nobody is asked', async () => {
    const answer = await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { scope: 'openid fhirUser user/Practitioner.r' }))
    const tokens = (await (await realm.post('/ehr/auth/token', codeRequest(realm, answered(answer).code!))).json()) as Tokens
    expect(tokens.scope).toBe('openid fhirUser user/Practitioner.r')
    expect(tokens.patient).toBeUndefined()
  })
})
