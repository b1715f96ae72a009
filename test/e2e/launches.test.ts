import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseOption, give, launchAddress } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

const CHART = 'Screening and course'
const READING = 'patient/*.rs online_access'

describe.skipIf(missing)(`launches${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  const frameOf = (page: Page, patient: string) => page.frame({ name: `chart-${patient}` })!
  const inChart = (page: Page, patient: string) => page.frameLocator(`iframe[name="chart-${patient}"]`)

  test('in a frame of the record system, which shows itself who it is about', async () => {
    const { page, complaints } = await openPage(browser, { viewport: { width: 960, height: 860 } })
    await page.goto(launchAddress(sandbox.url, ['kaho'], { need_patient_banner: 'false' }))
    await inChart(page, 'kaho').getByRole('heading', { name: CHART }).waitFor()
    expect(await inChart(page, 'kaho').locator('.banner').count()).toBe(0)
    await page.waitForLoadState('networkidle')
    await lookAt(page, 'frame')
    expect(complaints).toEqual([])
  })

  test('a page of elsewhere may not show the app in a frame', async () => {
    const { headers } = await fetch(`${sandbox.url}/smart-launch.html`)
    expect(headers.get('content-security-policy')).toMatch(/^frame-ancestors 'self'/)
  })

  test('two charts in one window: each stays who it is, also after a reload', async () => {
    const { page } = await openPage(browser, { viewport: { width: 960, height: 1600 } })
    await page.goto(launchAddress(sandbox.url, ['kaho', 'nagi']))
    const nameIn = async (patient: string) => await inChart(page, patient).locator('.banner .name').innerText()
    const names = [await nameIn('kaho'), await nameIn('nagi')]
    expect(new Set(names).size).toBe(2)
    for (const patient of ['kaho', 'nagi']) await frameOf(page, patient).evaluate(() => location.reload())
    await page.waitForTimeout(500)
    expect([await nameIn('kaho'), await nameIn('nagi')]).toEqual(names)
    await lookAt(page, 'two-frames')
  })

  test('two tabs, two patients: each form is about its own', async () => {
    const { page: first } = await openPage(browser)
    const second = await first.context().newPage()
    const charts = [
      { page: first, patient: 'kaho' },
      { page: second, patient: 'nagi' },
    ]
    for (const { page, patient } of charts) {
      await page.goto(launchAddress(sandbox.url, patient))
      await page.getByRole('heading', { name: CHART }).waitFor()
    }
    for (const { page } of charts) {
      await give(page, 'phq-9', 'paper')
      await chooseOption(page, '/44250-9', 'LA6569-3')
    }
    for (const { page } of charts) await page.getByText('Answers saved').waitFor()
    for (const { patient } of charts) {
      const { total, entry } = await sandbox.fhir<{ total: number; entry: { resource: { subject: { reference: string } } }[] }>(
        `QuestionnaireResponse?subject=Patient/${patient}&status=in-progress&questionnaire=https://w3id.org/kizuna/fhir/Questionnaire/phq-9|1.0.0`,
      )
      expect({ total, subject: entry[0]?.resource.subject.reference }).toEqual({ total: 1, subject: `Patient/${patient}` })
    }
  })

  test('reading only: each thing that cannot be done says so, and nothing is tried', async () => {
    const { page, complaints } = await openPage(browser)
    await page.goto(launchAddress(sandbox.url, 'kaho', { scopes: READING }))
    await page.getByText('What this login does not permit').waitFor()
    await page.getByText('Results cannot be written to the chart').waitFor()
    await lookAt(page, 'reading-only')
    const writes: string[] = []
    page.on('request', (request) => ['POST', 'PUT'].includes(request.method()) && writes.push(request.url()))
    await give(page, 'phq-9', 'paper')
    await chooseOption(page, '/44250-9', 'LA6569-3')
    await page.getByText('Kept in this window only').waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Continue' }).first().click()
    await page.getByText('1 of 10 answered').waitFor()
    await page.getByRole('button', { name: 'Review the result' }).click()
    expect(await page.getByRole('button', { name: 'Write to chart' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Download as a FHIR bundle' }).waitFor()
    expect(writes).toEqual([])
    expect(complaints).toEqual([])
  })

  test.each([
    {
      lacks: 'Observation',
      says: 'Her results cannot be read',
      scopes: 'patient/Patient.r patient/QuestionnaireResponse.crus patient/RelatedPerson.rs',
    },
    {
      lacks: 'QuestionnaireResponse',
      says: 'Her forms cannot be read',
      scopes: 'patient/Patient.r patient/Observation.crus patient/RiskAssessment.crus patient/RelatedPerson.rs',
    },
    {
      lacks: 'RelatedPerson',
      says: 'Her children cannot be read',
      scopes: 'patient/Patient.r patient/Observation.crus patient/RiskAssessment.crus patient/QuestionnaireResponse.crus',
    },
  ])('without $lacks the chart opens all the same, and says it', async ({ says, scopes }) => {
    const { page } = await openPage(browser)
    await page.goto(launchAddress(sandbox.url, 'kaho', { scopes: `${scopes} online_access` }))
    await page.getByRole('heading', { name: CHART }).waitFor()
    await page.getByText(says).waitFor()
  })

  test('fhirContext names a questionnaire: it is chosen already; once, not again after a reload', async () => {
    const { page } = await openPage(browser)
    const asked = JSON.stringify([{ canonical: 'https://w3id.org/kizuna/fhir/Questionnaire/phq-9|1.0.0', type: 'Questionnaire' }])
    await page.goto(launchAddress(sandbox.url, 'kaho', { fhir_context: asked }))
    await page.locator('input[name="instrument"][value="phq-9"]:checked').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: CHART }).waitFor()
  })

  test.each(['en', 'ja'] as const)(
    'fhirContext names a questionnaire that nobody here knows: it is named, and none is chosen (%s)',
    async (language) => {
      const { page } = await openPage(browser, { locale: language === 'ja' ? 'ja-JP' : 'en-GB' })
      const canonical = 'https://example.org/Questionnaire/gad-7|1'
      const options = { fhir_context: JSON.stringify([{ canonical, type: 'Questionnaire' }]) }
      await page.goto(launchAddress(sandbox.url, 'aoi', { ...options, launch_url: `${sandbox.url}/smart-launch.html?lang=${language}` }))
      expect(await page.locator('p.warning').first().innerText()).toContain(canonical)
      expect(await page.locator('input[name="instrument"]:checked').count()).toBe(0)
      await lookAt(page, `give-unknown-${language}`)
    },
  )

  test.each(['en', 'ja'] as const)('a site file with numbers that cannot be: a page that names the fields (%s)', async (language) => {
    const { page } = await openPage(browser, { locale: language === 'ja' ? 'ja-JP' : 'en-GB' })
    await page.route(/\/site\.json/, async (route) => {
      const site = (await (await route.fetch()).json()) as object
      await route.fulfill({ json: { ...site, windows: { D1: 'soon' }, idleMinutes: -3 } })
    })
    await page.goto(launchAddress(sandbox.url, 'aoi', { launch_url: `${sandbox.url}/smart-launch.html?lang=${language}` }))
    await page.getByText('/idleMinutes').waitFor()
    expect(await page.locator('main').innerText()).toContain('/windows/D1')
    await lookAt(page, `fault-site-file-${language}`)
  })

  test('fhirContext names a response: it opens', async () => {
    const { entry } = await sandbox.fhir<{ entry: { resource: { id: string } }[] }>(
      'QuestionnaireResponse?subject=Patient/kaho&status=completed',
    )
    const { page } = await openPage(browser)
    const asked = JSON.stringify([{ reference: `QuestionnaireResponse/${entry[0]!.resource.id}` }])
    await page.goto(launchAddress(sandbox.url, 'kaho', { fhir_context: asked }))
    await page.locator('h1', { hasText: /EPDS|MIBS-J|PHQ-9|PBQ/ }).waitFor()
  })

  test('tokens are exchanged before they end, and each refresh token is used once', async () => {
    const { page } = await openPage(browser)
    await page.clock.install()
    await page.goto(launchAddress(sandbox.url, 'nagi', { lifetime: '40' }))
    await page.getByRole('heading', { name: CHART }).waitFor()
    const used: string[] = []
    page.on(
      'request',
      (request) => request.url().endsWith('/token') && used.push(new URLSearchParams(request.postData() ?? '').get('refresh_token') ?? ''),
    )
    for (let time = 0; time < 2; time++) {
      await page.clock.fastForward(15_000)
      await page.getByRole('button', { name: 'Give a questionnaire' }).click()
      await page.locator('input[name="instrument"][value="phq-9"]').check()
      await page.locator('input[name="mode"][value="paper"]').check()
      await page.getByRole('button', { name: 'Begin' }).click()
      await chooseOption(page, '/44250-9', 'LA6569-3')
      await page.getByText('Answers saved').waitFor()
      await page.getByRole('button', { name: 'Leave for now' }).click()
      await page.getByRole('heading', { name: CHART }).waitFor()
    }
    expect(used.length).toBeGreaterThanOrEqual(2)
    expect(new Set(used).size).toBe(used.length)
  })

  test.each([
    { outcome: 'denied', says: 'The login was refused or cancelled.' },
    { outcome: 'server-error', says: 'The login server has a fault of its own.' },
    { outcome: 'expired-code', says: 'The login was not finished in time' },
    { outcome: 'no-token', says: 'The login server does not know this app' },
    { outcome: 'no-patient', says: 'The app was opened without a patient.' },
  ])('a launch that fails: $outcome', async ({ outcome, says }) => {
    const { page } = await openPage(browser, { viewport: { width: 900, height: 600 } })
    await page.goto(launchAddress(sandbox.url, 'kaho', { outcome }))
    await page.getByText(says).waitFor()
    await lookAt(page, `fault-${outcome}`)
  })

  test('a tab that was duplicated brings a spent refresh token: it says that the login goes on in another tab', async () => {
    const { page } = await openPage(browser)
    await page.goto(launchAddress(sandbox.url, 'aoi', { lifetime: '25' }))
    await page.locator('.course-section').waitFor()
    const duplicate = await page.context().newPage()
    const kept = await page.evaluate(() => JSON.stringify(sessionStorage))
    await duplicate.addInitScript((text) => {
      for (const [key, value] of Object.entries(JSON.parse(text) as Record<string, string>)) sessionStorage.setItem(key, value)
    }, kept)
    // A token that ends so soon is exchanged at each load: the first tab has a new refresh token, the other the old one.
    const exchanged = page.waitForResponse(/\/ehr\/auth\/token/)
    await page.reload()
    await exchanged
    await duplicate.goto(page.url())
    await duplicate.getByText('goes on in another tab').waitFor()
    await lookAt(duplicate, 'fault-duplicated-tab')
  })

  test('the network fails while the code is exchanged: the page can be tried again', async () => {
    const { page } = await openPage(browser)
    await page.route('**/ehr/auth/token', (route) => route.abort(), { times: 2 })
    await page.goto(launchAddress(sandbox.url, 'kaho'))
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: CHART }).waitFor()
  })
})
