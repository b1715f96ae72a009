import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadStories } from '../../src/sandbox/load-stories.ts'
import { launchAddress } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

describe.skipIf(missing)(`every synthetic mother's chart${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('opens, says what it shows, and axe has nothing to say', async () => {
    const { page, complaints } = await openPage(browser, { viewport: { width: 900, height: 800 } })
    for (const { id } of loadStories().mothers) {
      await page.goto(launchAddress(sandbox.url, id))
      await page.locator('.course-section').waitFor()
      await page.waitForLoadState('networkidle')
      const titles = await page.locator('figure figcaption, figure h3').allInnerTexts()
      const isEmpty = await page.getByText('No scores yet').count()
      expect(titles.length > 0 || isEmpty > 0, id).toBe(true)
      // Each panel's title is a finding: a score with its number, or that answers are missing.
      expect(
        titles.filter((title) => !/\d|missing/.test(title)),
        id,
      ).toEqual([])
      expect(await page.locator('body').innerText(), id).not.toMatch(/undefined|NaN|\[object|\{[a-z]+\}/)
      await lookAt(page, `mother-${id}`)
    }
    expect(complaints).toEqual([])
  })
})
