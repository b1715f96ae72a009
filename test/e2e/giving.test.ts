import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { circumstancesOf } from '../../src/fhir/response-extensions.ts'
import { chooseOption, confirmHandOver, openChart, optionCodes } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

describe.skipIf(missing)(`giving a set${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('two forms in one sitting, on a phone in Japanese, all questions on one page', async () => {
    const { page, complaints } = await openPage(browser, { viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'ja-JP' })
    await openChart(page, sandbox.url, 'Koko', 'ja')
    await page.locator('.due button').last().click()
    await page.locator('input[name="instrument"][value="epds"]').check()
    await page.locator('input[name="instrument"][value="mibs-j"]').check()
    await page.locator('input[name="mode"][value="hand-over"]').check()
    await page.locator('input[name="layout"][value="whole"]').check()
    await lookAt(page, 'give-set-phone-ja')
    await page.locator('button[type="submit"]').click()
    expect(await page.locator('button.primary').isDisabled()).toBe(true)
    await confirmHandOver(page)
    await lookAt(page, 'handing-phone-ja')
    const code = await page.locator('.code').textContent()
    await page.locator('button.primary').click()

    await page.locator('button.primary').click()
    const epds = optionCodes('epds', [0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    for (const [linkId, option] of epds.slice(0, 9)) await chooseOption(page, linkId, option)
    await page.locator('button.primary').click()
    const summary = page.getByRole('alert')
    expect(await summary.locator('li').count()).toBe(1)
    await lookAt(page, 'mother-whole-open-ja')
    await summary.locator('a').click()
    await chooseOption(page, ...epds[9]!)
    await page.locator('button.primary').click()

    await page.locator('.hide button').click()
    await page.locator('h1', { hasText: '一時停止中' }).waitFor()
    expect(await page.title()).toBe('一時停止中')
    await lookAt(page, 'hidden')
    await page.locator('button.primary').click()

    await page.locator('button.primary').click()
    for (const [linkId, option] of optionCodes('mibs-j', [0, 0, 0, 0, 1, 0, 0, 0, 0, 0])) await chooseOption(page, linkId, option)
    await page.locator('button.primary').click()
    await page.locator('#return-code').fill(code!)
    await page.locator('#return-code').press('Enter')
    await page.locator('h1', { hasText: 'EPDS' }).waitFor()
    expect(complaints).toEqual([])

    const held = await sandbox.fhir<Bundle<QuestionnaireResponse>>('QuestionnaireResponse?subject=Patient/koko')
    expect(held.entry!.map(({ resource }) => [resource!.status, circumstancesOf(resource!)])).toEqual([
      ['completed', ['alone']],
      ['completed', ['alone']],
    ])
  })

  test('from paper: ten keys, and the safety item once more', async () => {
    const { page } = await openPage(browser)
    await openChart(page, sandbox.url, 'Nagi')
    await page.locator('.due button').last().click()
    await page.locator('input[name="instrument"][value="epds"]').check()
    await page.getByRole('radio', { name: /Record from paper/ }).check()
    await page.getByRole('button', { name: 'Begin' }).click()
    await page.locator('input[name="epds-1"]').last().focus()
    for (const key of '1141444443') await page.keyboard.press(key)
    await page.getByText('10 of 10 answered').waitFor()
    expect(await page.locator('.second-look').innerText()).toMatch(/10\. .*3 of 4/s)
    await lookAt(page, 'paper-keys')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').first().waitFor()
    await lookAt(page, 'review-immediate')
  })

  test('a mother whose baby died is asked about herself only', async () => {
    const { page } = await openPage(browser)
    await openChart(page, sandbox.url, 'Haru')
    await page.locator('.due button').last().click()
    await page.getByText('no baby is with her now').waitFor()
    expect(
      await page.locator('input[name="instrument"]').evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value)),
    ).toEqual(['epds', 'phq-9'])
    await lookAt(page, 'give-no-infant')
  })
})
