import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import nock from 'nock'
import { afterEach, describe, expect, test } from 'vitest'
import { lackingIn } from '../../src/app/launch/ability.ts'
import { checkServer } from '../../src/app/launch/discovery.ts'
import { FAULTS, faultOf, LaunchError } from '../../src/app/launch/fault.ts'
import { isAllowedIssuer } from '../../src/app/launch/issuer.ts'
import { type LaunchPage, launch, type Smart } from '../../src/app/launch/launch.ts'
import { openingOf } from '../../src/app/launch/launch-context.ts'
import { type Granted, sessionOf } from '../../src/app/launch/session.ts'
import { DEFAULT_SETTINGS, settingsOf } from '../../src/app/launch/settings.ts'
import { propertiesOf } from '../../src/app/launch/style.ts'
import { createTokenSource } from '../../src/app/launch/token-source.ts'
import { sayIn } from '../../src/app/words.ts'
import { AssessmentError } from '../../src/errors.ts'

const PAGE = 'https://app.test/kizuna/smart-launch.html'
const FHIR = 'https://app.test/fhir'
const FULL_SCOPE =
  'patient/QuestionnaireResponse.crus patient/Observation.crus patient/RiskAssessment.crus patient/Provenance.crs patient/Patient.r'

const granted = (tokenResponse: Record<string, unknown>, fhirUser: string | null = `${FHIR}/Practitioner/midwife`): Granted => ({
  state: { serverUrl: `${FHIR}/`, scope: FULL_SCOPE, key: 'key', tokenResponse: { access_token: 'secret', ...tokenResponse } },
  getFhirUser: () => fhirUser,
})

function smartOf(client: () => Promise<Granted>): Smart & { readonly asked: Record<string, unknown>[] } {
  const asked: Record<string, unknown>[] = []
  return { asked, settings: {}, authorize: async (settings) => `https://app.test/auth?${asked.push(settings)}`, ready: client }
}
const failing = (message: string): Smart => smartOf(async () => Promise.reject(new Error(message)))

const storage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined }
function pageAt(query: string): LaunchPage & { readonly shown: string[] } {
  const shown: string[] = []
  return {
    address: new URL(`${PAGE}${query}`),
    storage,
    show: (address) => shown.push(address),
    leave: (address) => shown.push(address),
    shown,
  }
}
const iss = encodeURIComponent(FHIR)
const faultIn = async (launching: Promise<unknown>): Promise<string> =>
  launching.then(
    () => 'none',
    (error: unknown) => faultOf(error),
  )

describe('servers that may launch', () => {
  test.each([
    ['same origin', `${FHIR}`, undefined, true],
    ['this machine', 'http://127.0.0.1:8080/ehr/fhir', undefined, true],
    ['another origin', 'https://evil.test/fhir', undefined, false],
    ['a name that only begins like ours', 'https://app.test.evil.test/fhir', undefined, false],
    ['on the list', 'https://ehr.test/fhir/', ['https://ehr.test/fhir'], true],
    ['same origin, not on the list', FHIR, ['https://ehr.test/fhir'], false],
    ['no web address', 'javascript:alert(1)', undefined, false],
    ['nothing', '', undefined, false],
  ])('%s', (_name, issuer, allowed, expected) => {
    expect(isAllowedIssuer(issuer, allowed, 'https://app.test')).toBe(expected)
  })
})

/** The hospital's discovery document, as nock serves it. */
const CONFIGURATION = {
  authorization_endpoint: 'https://app.test/auth',
  token_endpoint: 'https://app.test/token',
  code_challenge_methods_supported: ['S256'],
}
const wellKnown = () => nock('https://app.test').get('/fhir/.well-known/smart-configuration')

describe('a page load', () => {
  afterEach(() => nock.cleanAll())

  test('with iss and launch: logs in with PKCE, its own state, and comes back to the bare page', async () => {
    wellKnown().reply(200, CONFIGURATION)
    const smart = smartOf(async () => granted({}))
    expect(await launch(smart, pageAt(`?iss=${iss}&launch=abc`), DEFAULT_SETTINGS)).toBe('leaving')
    expect(smart.asked[0]).toMatchObject({ clientId: 'kizuna-app', iss: FHIR, redirectUri: PAGE, pkceMode: 'required' })
    expect(smart.asked[0]?.stateKey).toMatch(/^[0-9a-f-]{36}$/)
    expect(smart.asked[0]?.scope).toMatch(/^launch openid /)
    expect(smart.settings).toEqual({ fullSessionStorageSupport: false, replaceBrowserHistory: false })
  })

  test('with iss only: standalone, the server lets the patient be chosen', async () => {
    wellKnown().reply(200, CONFIGURATION)
    const smart = smartOf(async () => granted({}))
    await launch(smart, pageAt(`?iss=${iss}`), DEFAULT_SETTINGS)
    expect(smart.asked[0]?.scope).toMatch(/^launch\/patient openid /)
  })

  test('without anything: no launch', async () => {
    expect(await launch(failing('never asked'), pageAt(''), DEFAULT_SETTINGS)).toBe('no-launch')
  })

  test('back from the login: a session, a token for each request, and an address that keeps the state alone', async () => {
    const page = pageAt('?code=x&state=key')
    const launched = await launch(
      smartOf(async () => granted({ patient: 'kaho' })),
      page,
      DEFAULT_SETTINGS,
    )
    if (typeof launched === 'string') throw new Error(launched)
    expect(launched).toMatchObject({ isNew: true, session: { patientId: 'kaho' } })
    expect(await launched.accessToken({ fresh: false })).toBe('secret')
    expect(page.shown).toEqual([`${PAGE}?state=key`])
  })
})

/** Every way in which a launch fails that we know of, each with the page that is shown for it. */
describe('a launch that fails', () => {
  const NO_STATE = failing("No 'state' parameter found. Please (re)launch the app.")
  const ready = (tokenResponse: Record<string, unknown>) => smartOf(async () => granted(tokenResponse))
  const answered = (status: number, error: string) =>
    failing(`${status} Bad Request\nURL: https://app.test/token\n${error}: words of the server`)
  const none = () => undefined
  afterEach(() => nock.cleanAll())

  test.each([
    ['launch without iss', 'no-issuer', '?launch=x', NO_STATE, none],
    ['a server that is not on the list', 'wrong-issuer', '?iss=https%3A%2F%2Fevil.test%2Ffhir&launch=x', NO_STATE, none],
    ['two servers', 'wrong-issuer', `?iss=${iss}&iss=https%3A%2F%2Fevil.test`, NO_STATE, none],
    ['a link that names another client', 'wrong-issuer', `?iss=${iss}&clientId=other`, NO_STATE, none],
    ['a link that names a patient', 'wrong-issuer', `?iss=${iss}&patientId=other`, NO_STATE, none],
    ['discovery: 404', 'not-smart', `?iss=${iss}`, NO_STATE, () => wellKnown().reply(404)],
    ['discovery: a page for people', 'not-smart', `?iss=${iss}`, NO_STATE, () => wellKnown().reply(200, '<html>')],
    [
      'discovery: no token endpoint',
      'not-smart',
      `?iss=${iss}`,
      NO_STATE,
      () => wellKnown().reply(200, { ...CONFIGURATION, token_endpoint: null }),
    ],
    [
      'discovery: no S256',
      'no-pkce',
      `?iss=${iss}`,
      NO_STATE,
      () => wellKnown().reply(200, { ...CONFIGURATION, code_challenge_methods_supported: ['plain'] }),
    ],
    [
      'discovery: PKCE not named',
      'no-pkce',
      `?iss=${iss}`,
      NO_STATE,
      () => wellKnown().reply(200, { ...CONFIGURATION, code_challenge_methods_supported: undefined }),
    ],
    ['discovery: no connection', 'no-network', `?iss=${iss}`, NO_STATE, () => wellKnown().twice().replyWithError('refused')],
    [
      'discovery: answers, but not to this page',
      'cors',
      `?iss=${iss}`,
      NO_STATE,
      () => wellKnown().replyWithError('CORS') && wellKnown().reply(200),
    ],
    ['the user says no', 'denied', '?error=access_denied&state=key', failing('access_denied: the user said no'), none],
    ['the client is not registered', 'not-registered', '?error=unauthorized_client&state=key', failing('unauthorized_client'), none],
    ['no scope is granted', 'no-scope', '?error=invalid_scope&state=key', failing('invalid_scope: none'), none],
    ['the login server is ill', 'login-server', '?error=server_error&state=key', failing('server_error'), none],
    ['the launch was used before', 'code-expired', '?error=invalid_request&state=key', failing('invalid_request: used already'), none],
    ['a state that nobody knows here', 'no-session', '?code=x&state=other', failing('No state found! Please (re)launch the app.'), none],
    ['a code without state', 'no-session', '?code=x', NO_STATE, none],
    ['the code is too old', 'code-expired', '?code=x&state=key', answered(400, 'invalid_grant'), none],
    ['the token endpoint does not know us', 'not-registered', '?code=x&state=key', answered(401, 'invalid_client'), none],
    [
      'the token endpoint is ill',
      'login-server',
      '?code=x&state=key',
      failing('500 Internal Server Error\nURL: https://app.test/token'),
      none,
    ],
    ['the token endpoint gives no token', 'code-expired', '?code=x&state=key', failing('Failed to obtain access token.'), none],
    ['the network fails at the token endpoint', 'no-network', '?code=x&state=key', failing('Failed to fetch'), none],
    ['no patient in context', 'no-patient', '?code=x&state=key', ready({}), none],
    ['a reload of a login that was broken off', 'no-session', '?state=key', ready({ access_token: undefined, patient: 'kaho' }), none],
  ] as const)('%s: %s', async (_name, fault, query, smart, prepare) => {
    prepare()
    expect(await faultIn(launch(smart, pageAt(query), DEFAULT_SETTINGS))).toBe(fault)
  })

  test('an allowed server without encryption: insecure', async () => {
    const settings = { ...DEFAULT_SETTINGS, allowedIssuers: ['http://ehr.test/fhir'] }
    expect(await faultIn(launch(NO_STATE, pageAt('?iss=http%3A%2F%2Fehr.test%2Ffhir'), settings))).toBe('insecure')
  })

  test('a browser without storage for this page: no-storage, before anything is asked', async () => {
    const page = { ...pageAt(`?iss=${iss}`), storage: undefined }
    expect(await faultIn(launch(NO_STATE, page, DEFAULT_SETTINGS))).toBe('no-storage')
    expect(faultOf(new DOMException('The operation is insecure.', 'SecurityError'))).toBe('no-storage')
  })

  test('a server that takes its time: given up, in words', async () => {
    const server = createServer(() => undefined).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await faultIn(checkServer(base, 50))).toBe('no-network')
    server.closeAllConnections()
    server.close()
  })

  test.each(FAULTS)('%s has words in both languages: what happened and what to do', (fault) => {
    for (const language of ['en', 'ja'] as const) {
      const say = sayIn(language)
      expect(say(`fault.${fault}`).length, fault).toBeGreaterThan(10)
      expect(say(`fault.${fault}-next`).length, fault).toBeGreaterThan(10)
    }
  })
})

describe('tokens', () => {
  const sourceOf = (tokenResponse: Record<string, unknown>, left: number) => {
    const client = granted({ patient: 'kaho', refresh_token: 'first', ...tokenResponse })
    Object.assign(client.state, { tokenUri: 'https://app.test/token', clientId: 'kizuna-app', expiresAt: 1000 + left })
    const kept: unknown[] = []
    let time = 1_000_000
    const source = createTokenSource({ client, keep: (state) => kept.push(structuredClone(state.tokenResponse)), now: () => time })
    return { source, kept, client, after: (seconds: number) => (time += seconds * 1000) }
  }
  const tokenEndpoint = (refreshToken: string) =>
    nock('https://app.test').post('/token', { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'kizuna-app' })
  afterEach(() => nock.cleanAll())

  test('shortly before its end it is exchanged, once for all who ask; the new refresh token replaces the old', async () => {
    tokenEndpoint('first').reply(200, { access_token: 'new', refresh_token: 'second', expires_in: 60 })
    const { source, kept, after: pass } = sourceOf({}, 20)
    expect(await Promise.all([source({ fresh: false }), source({ fresh: false })])).toEqual(['new', 'new'])
    expect(kept).toEqual([expect.objectContaining({ access_token: 'new', refresh_token: 'second', patient: 'kaho' })])
    pass(50)
    tokenEndpoint('second').reply(200, { access_token: 'newer', refresh_token: 'third' })
    expect(await source({ fresh: false })).toBe('newer')
  })

  test('several requests refused at once: one exchange', async () => {
    tokenEndpoint('first').reply(200, { access_token: 'new', refresh_token: 'second', expires_in: 60 })
    const { source } = sourceOf({}, 600)
    await source({ fresh: true })
    expect(await source({ fresh: true })).toBe('new')
  })

  test('the network fails: the refresh token is not lost, and a token that still lives is used', async () => {
    tokenEndpoint('first').replyWithError('away')
    const { source, after: pass } = sourceOf({}, 20)
    expect(await source({ fresh: false })).toBe('secret')
    pass(30)
    tokenEndpoint('first').replyWithError('away')
    await expect(source({ fresh: false })).rejects.toMatchObject({ code: 'transient' })
    tokenEndpoint('first').reply(200, { access_token: 'new' })
    expect(await source({ fresh: false })).toBe('new')
  })

  test('the refresh token is refused, or there is none: the session has ended', async () => {
    tokenEndpoint('first').reply(400, { error: 'invalid_grant' })
    await expect(sourceOf({}, -1).source({ fresh: false })).rejects.toMatchObject({ code: 'expired' })
    await expect(sourceOf({ refresh_token: undefined }, 60).source({ fresh: true })).rejects.toMatchObject({ code: 'expired' })
  })

  test('the login has come to be about another patient: nothing more is sent', async () => {
    tokenEndpoint('first').reply(200, { access_token: 'new', patient: 'another' })
    expect(await faultIn(Promise.resolve(sourceOf({}, -1).source({ fresh: false })))).toBe('wrong-patient')
  })
})

describe('what may be done with a granted scope', () => {
  const ALL = `${FULL_SCOPE} patient/RelatedPerson.rs patient/Task.crus online_access`
  test.each([
    ['all', ALL, {}],
    ['v1 scopes', 'patient/*.read patient/*.write offline_access', {}],
    [
      'nothing about results',
      ALL.replace('patient/Observation.crus', ''),
      { results: ['patient/Observation.rs'], write: ['patient/Observation.cu'] },
    ],
    [
      'reading only',
      ALL.replaceAll(/\.cru?s/g, '.rs'),
      {
        drafts: ['patient/QuestionnaireResponse.cu'],
        save: ['patient/QuestionnaireResponse.c'],
        write: ['patient/QuestionnaireResponse.c', 'patient/Observation.cu', 'patient/RiskAssessment.cu', 'patient/Provenance.c'],
        acknowledge: ['patient/Task.cu'],
      },
    ],
    ['no provenance', ALL.replace('patient/Provenance.crs', ''), { write: ['patient/Provenance.c'] }],
    [
      'no updates of forms',
      ALL.replace('QuestionnaireResponse.crus', 'QuestionnaireResponse.crs'),
      { drafts: ['patient/QuestionnaireResponse.u'] },
    ],
    ['no infants', ALL.replace('patient/RelatedPerson.rs', ''), { infants: ['patient/RelatedPerson.s'] }],
    [
      'laboratory results only',
      ALL.replace('Observation.crus', 'Observation.crus?category=laboratory'),
      { results: ['patient/Observation.rs'], write: ['patient/Observation.cu'] },
    ],
    [
      'survey results only',
      ALL.replace('Observation.crus', 'Observation.crus?category=http://terminology.hl7.org/CodeSystem/observation-category|survey'),
      {},
    ],
    ['no refresh', ALL.replace('online_access', ''), { stay: ['online_access'] }],
  ])('%s', (_name, scope, lacking) => {
    expect(lackingIn(scope)).toEqual(lacking)
  })
})

describe('what the EHR asks to be opened', () => {
  const CANONICAL = 'https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0'
  test.each([
    ['a canonical', { fhirContext: [{ canonical: CANONICAL, type: 'Questionnaire' }] }, { kind: 'questionnaire', canonical: CANONICAL }],
    ['a reference', { fhirContext: [{ reference: 'Questionnaire/epds' }] }, { kind: 'reference', reference: 'Questionnaire/epds' }],
    [
      'a response, absolute',
      { fhirContext: [{ reference: `${FHIR}/QuestionnaireResponse/1/_history/2` }] },
      { kind: 'reference', reference: 'QuestionnaireResponse/1' },
    ],
    [
      'other things first',
      { fhirContext: [{ reference: 'ImagingStudy/1' }, null, 'x', { reference: 'QuestionnaireResponse/1', role: 'launch' }] },
      { kind: 'reference', reference: 'QuestionnaireResponse/1' },
    ],
    ['in another role', { fhirContext: [{ canonical: CANONICAL, role: 'https://example.org/role' }] }, undefined],
    ['an intent', { intent: 'give' }, { kind: 'give' }],
    [
      'an intent beside a response',
      { intent: 'give', fhirContext: [{ reference: 'QuestionnaireResponse/1' }] },
      { kind: 'reference', reference: 'QuestionnaireResponse/1' },
    ],
    ['an intent unknown here, a tenant', { intent: 'reconcile-medications', tenant: 'x' }, undefined],
    ['no list', { fhirContext: 'Questionnaire/epds' }, undefined],
  ])('%s', (_name, told, opening) => {
    expect(openingOf(told)).toEqual(opening)
  })
})

describe("the EHR's style", () => {
  const STYLE = { color_background: '#ffffff', color_text: '#1b1b1f', color_highlight: '#2e3a8c', dim_font_size: '17px' }

  test('white for a person who wants it dark: no colour is taken', () => {
    expect([...propertiesOf(STYLE, true).keys()]).toEqual(['font-size'])
  })

  test('colours and size of a known shape', () => {
    expect(Object.fromEntries(propertiesOf(STYLE, false))).toEqual({
      '--ground': '#ffffff',
      '--ink': '#1b1b1f',
      '--accent': '#2e3a8c',
      '--on-accent': '#ffffff',
      'font-size': '17px',
    })
  })
  test.each([
    ['text that nobody can read', { ...STYLE, color_text: '#dddddd' }],
    ['a ground between light and dark', { ...STYLE, color_background: '#888888' }],
    ['no colours', { ...STYLE, color_text: 'url(https://evil.test)', color_background: 'red' }],
    ['only one', { color_text: '#000000', dim_font_size: '17px' }],
  ])('%s: no colour is taken', (_name, style) => {
    expect([...propertiesOf(style, false).keys()]).toEqual(['font-size'])
  })
  test.each([[null], ['text'], [[]], [{ dim_font_size: '99px', font_family_body: 'x', color_error: '#00ff00' }]])(
    '%j: nothing',
    (style) => {
      expect(propertiesOf(style, false).size).toBe(0)
    },
  )
})

describe('session', () => {
  test('a practitioner, with encounter and banner', () => {
    expect(sessionOf(granted({ patient: 'kaho', encounter: 'visit', scope: FULL_SCOPE }))).toMatchObject({
      baseUrl: FHIR,
      patientId: 'kaho',
      encounterId: 'visit',
      user: { reference: 'Practitioner/midwife' },
      isClinician: true,
      needsBanner: true,
      mayWrite: true,
    })
  })

  test.each([
    ['PractitionerRole/1', true],
    ['Patient/kaho', false],
    ['RelatedPerson/partner', false],
    [null, false],
  ])('who is logged in: %s opens the chart: %s', (user, isClinician) => {
    expect(sessionOf(granted({ patient: 'kaho' }, user)).isClinician).toBe(isClinician)
  })

  test('the banner is left out only when the EHR says so', () => {
    expect(sessionOf(granted({ patient: 'kaho', need_patient_banner: false })).needsBanner).toBe(false)
    expect(sessionOf(granted({ patient: 'kaho', need_patient_banner: 'no' })).needsBanner).toBe(true)
  })

  test('fewer scopes than asked for: results cannot be written', () => {
    expect(sessionOf(granted({ patient: 'kaho', scope: FULL_SCOPE.replace('RiskAssessment.crus', 'RiskAssessment.rs') })).mayWrite).toBe(
      false,
    )
  })

  test('no patient in context: refused', () => {
    expect(() => sessionOf(granted({}) as Granted)).toThrow(expect.objectContaining({ fault: 'no-patient' }))
  })
})

describe('what a failure is called once the chart is open', () => {
  test.each([
    [new AssessmentError('transient', 'no answer'), 'no-network'],
    [new AssessmentError('login', '401'), 'expired'],
    [new AssessmentError('expired', 'over'), 'expired'],
    [new AssessmentError('forbidden', '403'), 'forbidden'],
    [new AssessmentError('processing', '500'), 'other'],
    [new LaunchError('wrong-patient'), 'wrong-patient'],
    ['anything', 'other'],
  ])('%s', (error, fault) => {
    expect(faultOf(error)).toBe(fault)
  })
})

describe('site.json', () => {
  test('says what it says, the rest stays as it is', () => {
    const settings = settingsOf({ clientId: 'other', allowedIssuers: [FHIR, 3], sandbox: true, language: 'ja', thresholdPolicy: 'cox13' })
    expect(settings).toEqual({
      clientId: 'other',
      allowedIssuers: [FHIR],
      sandbox: true,
      site: { ...DEFAULT_SETTINGS.site, language: 'ja', thresholdPolicy: 'cox13' },
    })
  })

  test.each([null, 'text', 3, undefined])('%s is no site file: the defaults', (file) => {
    expect(settingsOf(file)).toBe(DEFAULT_SETTINGS)
  })

  test('only `true` is a sandbox', () => {
    expect(settingsOf({ sandbox: 'true' }).sandbox).toBe(false)
  })
})
