import type { Bundle, FhirResource, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseOption, confirmHandOver, give, launchAddress, optionCodes } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

/** Each look takes a token of its own. */
const WAIT = { timeout: 30_000, interval: 500 }
let sandbox: SandboxProcess
let browser: Browser

const EPDS = 'questionnaire=https://w3id.org/kizuna/fhir/Questionnaire/epds|1.0.0'

describe.skipIf(missing)(`nothing is lost${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  const openChart = async (page: Page, patient: string): Promise<void> => {
    await page.goto(launchAddress(sandbox.url, patient))
    await page.locator('.course-section').waitFor()
  }
  const held = async <R extends FhirResource>(search: string): Promise<R[]> =>
    ((await sandbox.fhir<Bundle<R>>(search)).entry ?? []).map(({ resource }) => resource!)
  const today = new Date().toISOString().slice(0, 10)
  const formsOf = (patient: string): Promise<QuestionnaireResponse[]> =>
    held<QuestionnaireResponse>(`QuestionnaireResponse?subject=Patient/${patient}&${EPDS}&authored=ge${today}`)

  test('the page is loaded again right after an answer', async () => {
    const { page } = await openPage(browser)
    await openChart(page, 'nagi')
    await give(page, 'epds', 'paper')
    await chooseOption(page, 'epds-1', 'epds-1-b')
    await page.reload()
    await page.getByRole('button', { name: 'Continue' }).first().click()
    await page.getByText('1 of 10 answered').waitFor()
  })

  test('the login ends in mid-form: opened from the chart again, every answer is there', async () => {
    const { page } = await openPage(browser)
    await openChart(page, 'koko')
    await give(page, 'epds', 'paper')
    await chooseOption(page, 'epds-1', 'epds-1-b')
    await page.getByText('Answers saved').waitFor()
    await revoke(page)
    await chooseOption(page, 'epds-2', 'epds-2-b')
    await page.getByText('The session has ended. The answers are kept in this window').waitFor()
    await lookAt(page, 'draft-expired')
    await openChart(page, 'koko')
    await page.getByRole('button', { name: 'Continue' }).first().click()
    await page.getByText('2 of 10 answered').waitFor()
    expect((await formsOf('koko')).map(({ item }) => item?.length)).toEqual([2])
  })

  test.each(['before', 'after'] as const)(
    'the network is cut at every write, %s it arrives: once more, and there is one of each',
    async (when) => {
      const patient = when === 'before' ? 'rei' : 'kaho'
      const { page } = await openPage(browser)
      const network = await cutter(page, when)
      await openChart(page, patient)
      await give(page, 'epds', 'paper')
      const answers = optionCodes('epds', [1, 1, 1, 1, 1, 1, 1, 1, 1, 0])
      // Creating the draft, updating it, finishing it, writing its results.
      for (const some of [answers.slice(0, 1), answers.slice(1)]) {
        network.cut = true
        for (const [linkId, code] of some) await chooseOption(page, linkId, code)
        await page.getByText('Not on the server yet').waitFor()
        network.cut = false
        await page.getByText('Answers saved').waitFor()
      }
      await page.getByRole('button', { name: 'Review the result' }).click()
      for (const [step, button] of [
        ['QuestionnaireResponse', 'Write to chart'],
        ['fhir', 'Try again'],
      ] as const) {
        network.cut = step
        await page.getByRole('button', { name: button }).click()
        await page.getByRole('heading', { name: 'Not written' }).waitFor()
        if (step === 'fhir' && when === 'before') await lookAt(page, 'write-failed')
        await page.getByText('The server gave no answer.').waitFor()
        network.cut = false
      }
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()

      const [form, ...others] = await formsOf(patient)
      expect(others).toEqual([])
      expect(form).toMatchObject({ status: 'completed' })
      const results = await held(`Observation?derived-from=QuestionnaireResponse/${form!.id}`)
      expect(results.map((one) => ('identifier' in one ? one.id : ''))).toHaveLength(3)
      expect(await held<RiskAssessment>(`RiskAssessment?subject=Patient/${patient}&date=ge${today}`)).toHaveLength(1)
    },
  )

  test('two clinicians copy one paper: both see what differs, and nothing else is lost', async () => {
    const pages = [(await openPage(browser)).page, (await openPage(browser)).page]
    const [one, other] = pages as [Page, Page]
    await openChart(one, 'asa')
    await give(one, 'epds', 'paper')
    await chooseOption(one, 'epds-1', 'epds-1-a')
    await one.getByText('Answers saved').waitFor()
    await openChart(other, 'asa')
    await other.getByRole('button', { name: 'Continue' }).first().click()
    for (const [linkId, code] of [
      ['epds-2', 'epds-2-b'],
      ['epds-3', 'epds-3-a'],
    ] as const)
      await chooseOption(one, linkId, code)
    await one.getByText('Answers saved').waitFor()
    await one.waitForTimeout(1000)
    for (const [linkId, code] of [
      ['epds-2', 'epds-2-c'],
      ['epds-4', 'epds-4-a'],
    ] as const)
      await chooseOption(other, linkId, code)
    await other.getByText('Somebody else has worked on this form meanwhile').waitFor()
    await lookAt(other, 'draft-conflict')
    await other.locator('input[name="conflict-epds-2"][value="theirs"]').check()
    await other.getByRole('button', { name: 'Save the form so' }).click()
    await other.getByText('Answers saved').waitFor()
    const [form] = await formsOf('asa')
    expect(form!.item!.map(({ linkId, answer }) => answer?.[0]?.valueCoding?.code ?? linkId)).toEqual([
      'epds-1-a',
      'epds-2-b',
      'epds-3-a',
      'epds-4-a',
    ])
  })

  test('a Japanese mother by touch leaves at item 10: after half an hour the clinician has it as it is; staff give it back', async () => {
    const { page, complaints } = await openPage(browser, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      locale: 'ja-JP',
    })
    await page.clock.install()
    await openChart(page, 'haru')
    await give(page, 'epds', 'hand-over', 'ja')
    await confirmHandOver(page)
    const code = await page.locator('.code').textContent()
    await page.locator('button.primary').tap()
    await page.locator('button.primary').tap()
    for (const [linkId, option] of optionCodes('epds', [0, 0, 0, 0, 0, 0, 0, 0, 0])) {
      await page.locator(`label:has(input[name="${linkId}"][value="${option}"])`).tap()
      await page.locator('button[type="submit"].primary').tap()
    }
    await page.locator('label:has(input[value="epds-10-b"])').tap()
    await page.locator('.draft', { hasText: '保存しました' }).waitFor()
    await page.clock.fastForward('31:00')
    await page.getByRole('heading', { name: '回答は保存されています' }).waitFor()
    await lookAt(page, 'paused-ja')
    const [form] = await formsOf('haru')
    expect(form).toMatchObject({ status: 'in-progress', language: 'ja' })
    const risks = async () => await held<RiskAssessment>(`RiskAssessment?subject=Patient/haru&date=ge${today}`)
    await expect
      .poll(
        async () =>
          (await risks()).map(({ status, prediction }) => [
            status,
            prediction?.map((one) => one.qualitativeRisk?.coding?.[0]?.code).includes('immediate'),
          ]),
        WAIT,
      )
      .toEqual([['preliminary', true]])

    await page.reload()
    await page.getByRole('heading', { name: '回答は保存されています' }).waitFor()
    await page.locator('#return-code').fill(code!)
    await page.locator('#return-code').press('Enter')
    await page.locator('.code').waitFor()
    expect(await page.locator('.code').textContent()).not.toBe(code)
    await confirmHandOver(page)
    await page.locator('button.primary').tap()
    await page.locator('input[value="epds-10-b"]:checked').waitFor()
    await page.locator('button[type="submit"].primary').tap()
    await page.locator('h1', { hasText: 'ありがとう' }).waitFor()
    await expect.poll(async () => (await formsOf('haru')).map(({ status }) => status), WAIT).toEqual(['completed'])
    expect(complaints).toEqual([])
  })

  test('a Japanese mother by the keyboard alone', async () => {
    const { page } = await openPage(browser, { locale: 'ja-JP' })
    await openChart(page, 'nagi')
    await give(page, 'phq-9', 'hand-over', 'ja')
    await confirmHandOver(page)
    await page.locator('button.primary').focus()
    const press = (key: string) => page.keyboard.press(key)
    await press('Enter')
    await page.locator('h1', { hasText: /./ }).waitFor()
    await tabTo(page, 'button.primary')
    await press('Enter')
    const count = await page.locator('progress').getAttribute('max')
    for (let question = 1; question <= Number(count); question++) {
      await page.waitForFunction(
        (number) => document.querySelector('progress')?.value === number && document.activeElement?.tagName === 'H1',
        question,
      )
      await tabTo(page, '.option input, input[type="radio"]')
      await press('Space')
      await press('ArrowDown')
      await tabTo(page, 'button.primary')
      await press('Enter')
    }
    await page.locator('h1', { hasText: 'ありがとう' }).waitFor()
  })
})

/** Takes back the login of the page, as an EHR does when somebody logs out there. */
async function revoke(page: Page): Promise<void> {
  const token = await page.evaluate(() => {
    const key = new URLSearchParams(location.search).get('state') ?? ''
    return (JSON.parse(sessionStorage.getItem(key) ?? '{}') as { tokenResponse: { refresh_token: string } }).tokenResponse.refresh_token
  })
  const body = new URLSearchParams({ token, client_id: 'kizuna-app' })
  const answer = await fetch(`${sandbox.url}/ehr/auth/revoke`, { method: 'POST', body })
  expect(answer.status).toBe(200)
}

/** The network of one page, whose writes (all, or those to one address) do not arrive, or whose answers do not come back. */
async function cutter(page: Page, when: 'before' | 'after'): Promise<{ cut: boolean | string }> {
  const network: { cut: boolean | string } = { cut: false }
  await page.route('**/ehr/fhir**', async (route: Route) => {
    const request = route.request()
    const isCut =
      network.cut === true ||
      (typeof network.cut === 'string' && new URL(request.url()).pathname.split('/').includes(network.cut, network.cut === 'fhir' ? -1 : 0))
    if (request.method() === 'GET' || !isCut) return await route.continue()
    if (when === 'after') await route.fetch()
    await route.abort()
  })
  return network
}

/** Presses Tab until the focus is where it should be; fails when it does not get there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let step = 0; step < 15; step++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`The keyboard does not reach ${selector}`)
}
