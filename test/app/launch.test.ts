import { describe, expect, test } from 'vitest'
import { faultOf, LaunchError } from '../../src/app/launch/fault.ts'
import { isAllowedIssuer } from '../../src/app/launch/issuer.ts'
import { launch, type Smart, type SmartClient } from '../../src/app/launch/launch.ts'
import { type Granted, sessionOf } from '../../src/app/launch/session.ts'
import { DEFAULT_SETTINGS, settingsOf } from '../../src/app/launch/settings.ts'
import { AssessmentError } from '../../src/errors.ts'

const PAGE = 'https://app.test/kizuna/smart-launch.html'
const FHIR = 'https://app.test/fhir'
const FULL_SCOPE =
  'patient/QuestionnaireResponse.crus patient/Observation.crus patient/RiskAssessment.crus patient/Provenance.crs patient/Patient.r'

const granted = (tokenResponse: Record<string, unknown>, fhirUser: string | null = `${FHIR}/Practitioner/midwife`): SmartClient => ({
  state: { serverUrl: `${FHIR}/`, scope: FULL_SCOPE, tokenResponse },
  getFhirUser: () => fhirUser,
  refreshIfNeeded: async () => undefined,
  refresh: async () => undefined,
})

function smartOf(client: () => Promise<SmartClient>): Smart & { readonly asked: Record<string, unknown>[] } {
  const asked: Record<string, unknown>[] = []
  return { asked, authorize: async (settings) => asked.push(settings), ready: client }
}
const withoutState = smartOf(async () => Promise.reject(new Error("No 'state' parameter found. Please (re)launch the app.")))

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

describe('a page load', () => {
  test('with iss and launch: logs in with PKCE, its own state, and comes back to the bare page', async () => {
    const smart = smartOf(async () => granted({}))
    expect(await launch(smart, new URL(`${PAGE}?iss=${encodeURIComponent(FHIR)}&launch=abc`), DEFAULT_SETTINGS)).toBe('leaving')
    expect(smart.asked[0]).toMatchObject({ clientId: 'kizuna-app', iss: FHIR, redirectUri: PAGE, pkceMode: 'required' })
    expect(smart.asked[0]?.stateKey).toMatch(/^[0-9a-f-]{36}$/)
    expect(smart.asked[0]?.scope).toMatch(/^launch openid /)
  })

  test('with iss only: standalone, the server lets the patient be chosen', async () => {
    const smart = smartOf(async () => granted({}))
    await launch(smart, new URL(`${PAGE}?iss=${encodeURIComponent(FHIR)}`), DEFAULT_SETTINGS)
    expect(smart.asked[0]?.scope).toMatch(/^launch\/patient openid /)
  })

  test('with an iss that is not allowed: nothing is sent there', async () => {
    const smart = smartOf(async () => granted({}))
    await expect(launch(smart, new URL(`${PAGE}?iss=https://evil.test/fhir`), DEFAULT_SETTINGS)).rejects.toThrow(LaunchError)
    expect(smart.asked).toEqual([])
  })

  test('without anything: no launch', async () => {
    expect(await launch(withoutState, new URL(PAGE), DEFAULT_SETTINGS)).toBe('no-launch')
  })

  test('back with a code that nobody knows: a fault, not a start page', async () => {
    await expect(launch(withoutState, new URL(`${PAGE}?code=x&state=y`), DEFAULT_SETTINGS)).rejects.toThrow(/state/)
  })

  test('back from the login: a session, and a token for each request', async () => {
    const launched = await launch(
      smartOf(async () => granted({ patient: 'kaho', access_token: 'secret' })),
      new URL(PAGE),
      DEFAULT_SETTINGS,
    )
    if (typeof launched === 'string') throw new Error(launched)
    expect(launched.session.patientId).toBe('kaho')
    expect(await launched.accessToken({ fresh: false })).toBe('secret')
  })
})

describe('session', () => {
  test('a practitioner, with encounter and banner', () => {
    expect(sessionOf(granted({ patient: 'kaho', encounter: 'visit', scope: FULL_SCOPE }))).toEqual({
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

describe('what a failure is called', () => {
  test.each([
    [new LaunchError('wrong-issuer'), 'wrong-issuer'],
    [new Error("No 'state' parameter found. Please (re)launch the app."), 'no-session'],
    [new Error('access_denied: the user said no'), 'denied'],
    [new Error('Failed to fetch the well-known json "https://x/.well-known/smart-configuration". Failed to fetch'), 'not-smart'],
    [new TypeError('Failed to fetch'), 'no-network'],
    [new AssessmentError('transient', 'no answer'), 'no-network'],
    [new AssessmentError('login', '401'), 'expired'],
    [new AssessmentError('forbidden', '403'), 'forbidden'],
    [new AssessmentError('processing', '500'), 'other'],
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
