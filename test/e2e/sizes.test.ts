import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChart } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

/** Nothing is cut off and nothing scrolls sideways but what says so. */
const expectFits = async (page: Page): Promise<void> =>
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)

const SIZES: readonly { readonly name: string; readonly options: BrowserContextOptions }[] = [
  { name: '320', options: { viewport: { width: 320, height: 640 }, hasTouch: true } },
  // 200 % of a window of 1280: half the width in CSS pixels, twice the dots.
  { name: '200-percent', options: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } },
  { name: 'frame-900', options: { viewport: { width: 900, height: 700 } } },
  { name: 'dark-ja', options: { viewport: { width: 820, height: 1180 }, colorScheme: 'dark', locale: 'ja-JP', reducedMotion: 'reduce' } },
]

describe.skipIf(missing)(`every screen in every size${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test.each(SIZES)('$name: chart with a safety answer, response, taking back, sheets, giving, handing', async ({ name, options }) => {
    const { page } = await openPage(browser, options)
    const look = async (screen: string): Promise<void> => {
      await expectFits(page)
      await lookAt(page, `${screen}-${name}`)
    }
    await openChart(page, sandbox.url, 'Ito', name.endsWith('ja') ? 'ja' : 'en')
    await look('size-chart')
    await page.locator('.grid button.link').last().click()
    await page.locator('.facts').waitFor()
    await look('size-response')
    await page.locator('.foot button').last().click()
    await look('size-retract')
    await page.locator('p.buttons button').last().click()
    await page.locator('.foot button').first().click()
    await page.locator('.title-row button').first().click()
    await look('size-sheet')
    await page.locator('p.buttons button').last().click()
    await page.locator('.title-row button').last().click()
    await look('size-sheet-mother')
    await page.locator('p.buttons button').last().click()
    await page.locator('.due button').last().click()
    await page.locator('input[name="instrument"]').first().check()
    await page.locator('input[name="mode"][value="hand-over"]').check()
    await look('size-give')
    await page.locator('button[type="submit"]').click()
    await look('size-handing')
  })
})
