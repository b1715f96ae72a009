import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChart } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage, SCREENS } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

describe.skipIf(missing)(`what is due, and paper${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('the set that is due is given with one press', async () => {
    const { page, complaints } = await openPage(browser)
    await openChart(page, sandbox.url, 'Hina')
    await lookAt(page, 'chart-due')
    await page.getByRole('button', { name: /^Give what is due/ }).click()
    expect(await page.locator('input[name="instrument"]:checked').count()).toBeGreaterThan(0)
    expect(complaints).toEqual([])
  })

  test.each([
    { mother: 'Kaho', language: 'en' as const, button: 'Print', file: 'print-chart' },
    { mother: 'Rei', language: 'ja' as const, button: '印刷', file: 'print-chart-ten-ja' },
    { mother: 'Kaho', language: 'ja' as const, button: '本人用の紙を印刷', file: 'print-mother-ja' },
    { mother: 'Nao', language: 'en' as const, button: 'Print a page for her', file: 'print-mother' },
  ])('$file on one page', async ({ mother, language, button, file }) => {
    const { page } = await openPage(browser, { locale: language === 'ja' ? 'ja-JP' : 'en-GB' })
    await openChart(page, sandbox.url, mother, language)
    await page.getByRole('button', { name: button, exact: true }).click()
    await lookAt(page, `${file}-screen`)
    const text = await page.locator('.sheet').innerText()
    if (file.startsWith('print-mother')) expect(text).not.toMatch(/EPDS|MIBS|\d+点|\btotal\b|Watch|Assess/)
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 718, height: 1040 })
    await page.screenshot({ path: `${SCREENS}/${file}.png`, fullPage: true })
    const pdf = (await page.pdf({ format: 'A4', margin: { top: '10mm', bottom: '10mm', left: '10mm', right: '10mm' } })).toString('latin1')
    expect(pdf.match(/\/Type\s*\/Page[^s]/g)).toHaveLength(1)
  })
})
