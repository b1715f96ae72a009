import type { Bundle, Task } from 'fhir/r4.js'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openChart } from './acts.ts'
import { launchBrowser, lookAt, missing, openPage, SCREENS } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

let sandbox: SandboxProcess
let browser: Browser

const tasksOf = async (mother: string): Promise<Task[]> =>
  ((await sandbox.fhir<Bundle<Task>>(`Task?patient=Patient/${mother}`)).entry ?? []).map(({ resource }) => resource!)

describe.skipIf(missing)(`a safety answer${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('seen, then done: two steps in one Task, and only then it is closed', async () => {
    const { page, complaints } = await openPage(browser)
    await openChart(page, sandbox.url, 'Yui')
    const notice = page.getByRole('alert').first()
    expect(await notice.innerText()).toMatch(/place \d of 4 on the print, points: \d, code epds-10-/)
    await lookAt(page, 'alert-open')
    await page.getByRole('button', { name: 'I have seen this' }).click()
    await page.getByText('Seen by Practitioner/midwife').waitFor()
    await page.getByRole('checkbox', { name: 'spoke with her alone' }).check()
    await page.getByLabel('In your words').fill('Her sister stays tonight.')
    await lookAt(page, 'alert-seen')
    await page.getByRole('button', { name: 'Write what was done and close' }).click()
    await page.getByText('closed by a clinician').waitFor()
    await page.getByText('closed by a clinician').click()
    await lookAt(page, 'alert-closed')
    const [task, ...others] = await tasksOf('yui')
    expect(others).toEqual([])
    expect(task).toMatchObject({ status: 'completed', for: { reference: 'Patient/yui' } })
    expect(task!.focus!.reference).toMatch(/^RiskAssessment\//)
    expect(task!.output!.map(({ valueAnnotation }) => valueAnnotation!.authorReference!.reference)).toEqual([
      'Practitioner/midwife',
      'Practitioner/midwife',
    ])
    expect(complaints).toEqual([])
  })

  test('the network is cut: a page that is not left without a decision, and a sheet of paper', async () => {
    const { page } = await openPage(browser, { locale: 'ja-JP' })
    await openChart(page, sandbox.url, 'Ema', 'ja')
    await page.route(/\/ehr\/fhir\/Task(\?|$)/, (route) => (route.request().method() === 'GET' ? route.continue() : route.abort()))
    await page.locator('.safety button.primary').first().click()
    await page.locator('h1', { hasText: '書き込めませんでした' }).waitFor({ timeout: 60_000 })
    expect(await page.locator('.failure p.buttons button').last().isDisabled()).toBe(true)
    await lookAt(page, 'alert-unwritten-ja')
    await page.emulateMedia({ media: 'print' })
    await page.screenshot({ path: `${SCREENS}/print-alert-ja.png`, fullPage: true })
    await page.emulateMedia({ media: 'screen' })
    await page.unroute(/\/ehr\/fhir\/Task(\?|$)/)
    await page.locator('.failure button.primary').click()
    await page.getByText('確認：Practitioner/midwife').waitFor()
    expect((await tasksOf('ema')).map(({ status }) => status)).toEqual(['accepted'])
  })
})
