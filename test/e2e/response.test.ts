import type { Bundle, Observation, QuestionnaireResponse } from 'fhir/r4.js'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chooseOption, openChart } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

const heldOf = async (mother: string): Promise<QuestionnaireResponse[]> =>
  (await sandbox.fhir<Bundle<QuestionnaireResponse>>(`QuestionnaireResponse?subject=Patient/${mother}`)).entry!.map(
    ({ resource }) => resource!,
  )

describe.skipIf(missing)(`a response from the chart${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('a point opens its response by keyboard; its answers are corrected, and the results follow', async () => {
    const { page, complaints } = await openPage(browser)
    await openChart(page, sandbox.url, 'Kaho')
    await page.getByRole('button', { name: /^EPDS total 6, / }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: /^EPDS, / }).waitFor()
    await page.getByText('printed worst first').first().waitFor()
    await lookAt(page, 'response')
    await page.getByRole('button', { name: 'Correct answers' }).click()
    await chooseOption(page, 'epds-1', 'epds-1-d')
    await page.getByRole('button', { name: 'Review the result' }).click()
    await page.getByRole('button', { name: 'Write to chart' }).click()
    await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    await lookAt(page, 'receipt-amended')
    const amended = (await heldOf('kaho')).filter(({ status }) => status === 'amended')
    expect(amended.map(({ author, source }) => [author?.reference, source?.reference])).toEqual([['Practitioner/midwife', 'Patient/kaho']])
    const totals = await sandbox.fhir<Bundle<Observation>>('Observation?subject=Patient/kaho&status=amended')
    expect(totals.entry!.length).toBeGreaterThan(1)
    expect(complaints).toEqual([])
  })

  test('entered in error: a reason, a review, and it is gone from the chart', async () => {
    const { page } = await openPage(browser)
    await openChart(page, sandbox.url, 'Aoi')
    const before = await page.getByRole('button', { name: /^EPDS total .*open the response/ }).count()
    await page
      .getByRole('button', { name: /^EPDS total .*open the response/ })
      .last()
      .click()
    await page.getByRole('button', { name: 'Entered in error' }).click()
    await page.locator('#reason').fill("another woman's form")
    await lookAt(page, 'retract')
    await page.getByRole('button', { name: 'Show what will be written' }).click()
    await page.getByText('will be marked as entered in error').waitFor()
    await lookAt(page, 'review-retraction')
    await page.getByRole('button', { name: 'Write to chart' }).click()
    await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    await page.getByRole('button', { name: 'Back to her chart' }).click()
    await page.getByRole('heading', { name: 'Her course' }).waitFor()
    expect(await page.getByRole('button', { name: /^EPDS total .*open the response/ }).count()).toBe(before - 1)
  })

  test('two clinicians correct one response at once: the second sees who, compares and decides', async () => {
    const pages = await Promise.all([openPage(browser), openPage(browser)])
    for (const { page } of pages) {
      await openChart(page, sandbox.url, 'Tsumugi')
      await page
        .getByRole('button', { name: /^EPDS total .*open the response/ })
        .last()
        .click()
      await page.getByRole('button', { name: 'Correct answers' }).click()
    }
    const [first, second] = pages.map(({ page }) => page)
    await chooseOption(first!, 'epds-2', 'epds-2-b')
    await chooseOption(second!, 'epds-2', 'epds-2-c')
    for (const page of [first!, second!]) {
      await page.getByRole('button', { name: 'Review the result' }).click()
      await page.getByRole('button', { name: 'Write to chart' }).click()
      if (page === first) await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    }
    await second!.getByText('Changed by Practitioner/midwife').waitFor()
    await lookAt(second!, 'conflict')
    await second!.getByRole('button', { name: 'Write mine over theirs' }).click()
    await second!.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    const amended = (await heldOf('tsumugi')).find(({ status }) => status === 'amended')
    expect(JSON.stringify(amended)).toContain('epds-2-c')
  })

  test.each(['en', 'ja'] as const)('amended to zero: what it said before, by whom, in which version (%s)', async (language) => {
    const { page, complaints } = await openPage(browser, { locale: language === 'ja' ? 'ja-JP' : 'en-GB' })
    await openChart(page, sandbox.url, 'Yuna', language)
    const notice = page.getByRole('alert').first()
    await notice.locator('.earlier').waitFor()
    expect(await notice.locator('.earlier').innerText()).toMatch(/epds-10-b[\s\S]*(version|版) 1[\s\S]*(version|版) 2/)
    await lookAt(page, `earlier-chart-${language}`)
    await notice.locator('p.buttons button').nth(1).click()
    await page.locator('.facts').waitFor()
    await page.locator('.earlier').waitFor()
    await lookAt(page, `earlier-response-${language}`)
    expect(complaints).toEqual([])
  })

  test('a server that shows no versions: it is said', async () => {
    const { page } = await openPage(browser)
    await page.route(/QuestionnaireResponse\/[^/]+\/_history/, (route) => route.fulfill({ status: 403 }))
    await openChart(page, sandbox.url, 'Yuna')
    await page.getByText('An earlier version was above zero').first().waitFor()
    await lookAt(page, 'earlier-unreadable')
  })

  test.each([
    { name: 'Rei', options: {}, file: 'chart-ten' },
    { name: 'Mina', options: { viewport: { width: 390, height: 844 } }, file: 'chart-twins-phone' },
  ])('the chart of $name item by item', async ({ name, options, file }) => {
    const { page } = await openPage(browser, options)
    await openChart(page, sandbox.url, name)
    await page.getByRole('heading', { name: 'Item by item' }).waitFor()
    await lookAt(page, file)
  })
})
