import type { Bundle, Observation, Provenance, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import type { Browser, Page } from 'playwright-core'
import { v5 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { knowledge } from '../fixtures/knowledge.ts'
import { launchBrowser, lookAt, missing, openPage } from './browser.ts'
import { type SandboxProcess, startSandboxProcess } from './sandbox-process.ts'

const BASE = 'https://w3id.org/kizuna/fhir'
const NAMESPACE = v5(BASE, v5.URL)
let sandbox: SandboxProcess
let browser: Browser

describe.skipIf(missing)(`the main job, end to end${missing ? ` (skipped: ${missing})` : ''}`, () => {
  beforeAll(async () => {
    ;[sandbox, browser] = await Promise.all([startSandboxProcess(), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await sandbox?.stop()
  })

  test('a clinician launches, gives the EPDS from paper and the MIBS-J by hand-over, and finds the results in the EHR', async () => {
    const { page, complaints } = await openPage(browser)
    await openChart(page, 'Koko')
    await expectText(page, 'No scores yet')
    await lookAt(page, 'chart-empty')

    await page.getByRole('button', { name: 'Give a questionnaire' }).click()
    await page.getByRole('radio', { name: 'English' }).check()
    await page.getByRole('checkbox', { name: /^EPDS/ }).check()
    await page.getByRole('radio', { name: /Record from paper/ }).check()
    await lookAt(page, 'give')
    await page.getByRole('button', { name: 'Begin' }).click()
    await answerPaper(page, 'epds', [2, 1, 2, 2, 2, 2, 1, 1, 0, 0])
    await lookAt(page, 'paper')
    await page.getByRole('button', { name: 'Review the result' }).click()
    await expectText(page, 'Priority')
    await expectText(page, 'epds-total 13 ≥ 13')
    await lookAt(page, 'review')
    await page.getByRole('button', { name: 'Write to chart' }).click()
    await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    await lookAt(page, 'receipt')
    expect(await page.locator('tbody tr').count()).toBe(6)
    await page.locator('summary').filter({ hasText: 'RiskAssessment/' }).click()
    await expectText(page, '"resourceType": "RiskAssessment"')

    await page.getByRole('button', { name: 'Give another questionnaire' }).click()
    await page.getByRole('radio', { name: '日本語' }).check()
    await page.getByRole('checkbox', { name: /^MIBS-J/ }).check()
    await page.getByRole('radio', { name: /Hand over/ }).check()
    await page.getByRole('button', { name: 'Begin' }).click()
    const code = await page.locator('.code').textContent()
    await page.locator('input[name="identity"]').first().check()
    await page.locator('input[name="identity"]').last().check()
    await page.getByRole('radio', { name: 'She answers alone' }).check()
    await lookAt(page, 'handing')
    await page.getByRole('button', { name: 'Hand over now' }).click()
    await answerAsMother(page, 'mibs-j', [0, 1, 1, 0, 0, 0, 0, 0, 0, 0])
    await page.getByRole('heading', { level: 1 }).waitFor()
    await lookAt(page, 'thanks')
    expect(await page.locator('body').innerText()).not.toMatch(/MIBS-J|\btotal\b|合計|\b2\b/)
    await page.locator('#return-code').fill(code!)
    await page.locator('#return-code').press('Enter')
    await page.getByRole('button', { name: 'Write to chart' }).click()
    await page.getByRole('heading', { name: 'Written to the chart' }).waitFor()
    await page.getByRole('button', { name: 'Back to her chart' }).click()
    await page.getByRole('heading', { name: 'Her course' }).waitFor()
    await lookAt(page, 'chart-first-points')
    expect(complaints).toEqual([])

    await checkWritten('epds', { total: 13, tier: 'priority', language: 'en', author: 'Practitioner/midwife' })
    await checkWritten('mibs-j', { total: 2, tier: 'routine', language: 'ja', infant: 'RelatedPerson/koko-infant' })
  })

  test('a reload in the middle of a form loses nothing', async () => {
    const { page } = await openPage(browser)
    await openChart(page, 'Nagi')
    await page.getByRole('button', { name: 'Give a questionnaire' }).click()
    await page.getByRole('checkbox', { name: /^PHQ-9/ }).check()
    await page.getByRole('radio', { name: /Record from paper/ }).check()
    await page.getByRole('button', { name: 'Begin' }).click()
    await answerPaper(page, 'phq-9', [1, 1, 1])
    await expectText(page, 'Answers saved')
    await page.reload()
    await page.getByRole('button', { name: 'Continue' }).click()
    await expectText(page, '3 of 10 answered')
  })

  test('a launch by the mother opens hand-over mode only', async () => {
    const { page } = await openPage(browser, { viewport: { width: 390, height: 800 }, hasTouch: true })
    await page.goto(`${sandbox.url}/?lang=en`)
    await page.getByRole('listitem').or(page.getByRole('row')).filter({ hasText: 'Aoi' }).getByRole('link', { name: 'As herself' }).click()
    await page.getByRole('heading', { level: 1 }).waitFor()
    await lookAt(page, 'mother')
    const text = await page.locator('body').innerText()
    expect(text).not.toMatch(/Her course|No rule fired|Screening and course/)
    const [asked] = await Promise.all([
      page.waitForRequest(/\/ehr\/fhir\/(Observation|RiskAssessment)/, { timeout: 1_500 }).then(
        () => true,
        () => false,
      ),
    ])
    expect(asked).toBe(false)
  })

  test('a positive item 10 on an unfinished form is seen first', async () => {
    const { page } = await openPage(browser)
    await openChart(page, 'Rin')
    const alert = page.getByRole('alert').first()
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/speak with her now[\s\S]*The form is not finished/)
    await lookAt(page, 'chart-immediate')
  })

  test('standalone launch, by the keyboard alone', async () => {
    const { page } = await openPage(browser)
    await page.goto(`${sandbox.url}/smart-launch.html`)
    await page.getByText('Start without a chart').waitFor()
    await page.locator('input').first().focus()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(`${sandbox.url}/ehr/fhir`)
    await page.keyboard.press('Enter')
    const kaho = page.getByRole('link', { name: /Kaho|夏帆/ }).or(page.getByRole('button', { name: /Kaho|夏帆/ }))
    await kaho.first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Her course' }).waitFor()
    await lookAt(page, 'chart')
    if (process.env.README_PICTURE)
      await page.screenshot({ path: 'resources/readme/chart.png', fullPage: true, clip: { x: 0, y: 0, width: 1000, height: 1570 } })
  })

  test.each([
    { name: 'Japanese', language: '日本語', options: {}, file: 'chart-ja' },
    { name: '320 px', options: { viewport: { width: 320, height: 700 } }, file: 'chart-320' },
    { name: 'dark', options: { colorScheme: 'dark' as const }, file: 'chart-dark' },
  ])('the chart in $name', async ({ language, options, file }) => {
    const { page, complaints } = await openPage(browser, options)
    await openChart(page, 'Rei')
    if (language) await page.getByRole('button', { name: language }).click()
    await lookAt(page, file)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBe(0)
    expect(complaints).toEqual([])
  })

  test('an unknown issuer is refused in words', async () => {
    const { page } = await openPage(browser)
    await page.goto(`${sandbox.url}/smart-launch.html?iss=https%3A%2F%2Fevil.example%2Ffhir&launch=x`)
    await expectText(page, 'The link names a server that this app is not set up for.')
    await lookAt(page, 'fault')
  })
})

async function openChart(page: Page, name: string): Promise<void> {
  await page.goto(`${sandbox.url}/?lang=en`)
  await page
    .getByRole('link', { name: new RegExp(name) })
    .first()
    .click()
  await page.getByRole('heading', { name: 'Screening and course' }).waitFor()
  await page.waitForLoadState('networkidle')
}

const expectText = (page: Page, text: string): Promise<void> => page.getByText(text).first().waitFor()

const optionCodes = (id: string, weights: readonly number[]): [string, string][] => {
  const { items } = knowledge.instruments.find((one) => one.id === id)!
  return weights.map((weight, index) => [items[index]!.linkId, items[index]!.options.find((option) => option.weight === weight)!.code])
}

async function answerPaper(page: Page, id: string, weights: readonly number[]): Promise<void> {
  for (const [linkId, code] of optionCodes(id, weights)) await page.locator(`input[name="${linkId}"][value="${code}"]`).check()
}

async function answerAsMother(page: Page, id: string, weights: readonly number[]): Promise<void> {
  await lookAt(page, 'mother-first')
  await page.locator('button.primary').click()
  for (const [index, [linkId, code]] of optionCodes(id, weights).entries()) {
    await page.locator(`input[name="${linkId}"][value="${code}"]`).check()
    if (index === 1) await lookAt(page, 'mother-question')
    await page.locator('button.primary').click()
  }
}

/** What the EHR holds of her only response to an instrument, read through its API. */
async function checkWritten(
  id: string,
  expected: { total: number; tier: string; language: string; author?: string; infant?: string },
): Promise<void> {
  const held = async <R>(query: string) => (await sandbox.fhir<Bundle<never>>(query)).entry!.map(({ resource }) => resource as R)
  const [response] = await held<QuestionnaireResponse>(
    `QuestionnaireResponse?subject=Patient/koko&questionnaire=${BASE}/Questionnaire/${id}`,
  )
  expect(response).toMatchObject({
    status: 'completed',
    questionnaire: `${BASE}/Questionnaire/${id}|1.0.0`,
    language: expected.language,
    identifier: { system: `${BASE}/sid/response` },
  })
  expect(response!.authored).toMatch(/T.*[+-]\d{2}:\d{2}$/)
  const prefix = v5(`${response!.identifier!.system}|${response!.identifier!.value}`, NAMESPACE)
  const named = (role: string) => `identifier=${encodeURIComponent(`${BASE}/sid/result|${prefix}.${role}`)}`

  const totals = await held<Observation>(`Observation?${named(`${id}-total`)}`)
  expect(totals).toHaveLength(1)
  expect(totals[0]).toMatchObject({
    status: 'final',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey' }] }],
    subject: { reference: 'Patient/koko' },
    encounter: { reference: 'Encounter/koko-visit' },
    effectiveDateTime: response!.authored,
    derivedFrom: [{ reference: `QuestionnaireResponse/${response!.id}` }],
    device: { identifier: { system: `${BASE}/sid/software`, value: 'kizuna' } },
    method: { coding: [{ system: `${BASE}/CodeSystem/method`, code: id, version: '1.0.0' }] },
    valueQuantity: { value: expected.total, system: 'http://unitsofmeasure.org', code: '{score}' },
  })
  expect(totals[0]).not.toHaveProperty('performer')
  if (expected.infant)
    expect(totals[0]!.extension).toContainEqual(
      expect.objectContaining({ valueReference: expect.objectContaining({ reference: expected.infant }) }),
    )

  const [panel] = await held<Observation>(`Observation?${named(`${id}-panel`)}`)
  expect(panel!.hasMember!.map(({ reference }) => reference)).toContain(`Observation/${totals[0]!.id}`)
  const [risk] = await held<RiskAssessment>(`RiskAssessment?${named('risk')}`)
  expect(risk).toMatchObject({
    status: 'final',
    method: { coding: [{ system: `${BASE}/CodeSystem/method`, code: 'perinatal', version: '1.0.0' }] },
  })
  expect(risk!.prediction!.map(({ qualitativeRisk }) => qualitativeRisk!.coding![0]!.code)).toContain(expected.tier)
  expect(risk!.basis!.map(({ reference }) => reference)).toEqual(
    expect.arrayContaining([`QuestionnaireResponse/${response!.id}`, `Observation/${totals[0]!.id}`]),
  )
  const provenances = await held<Provenance>(`Provenance?_tag=${encodeURIComponent(`${BASE}/sid/result|${prefix}.provenance-1`)}`)
  expect(provenances).toHaveLength(1)
  expect(provenances[0]).toMatchObject({
    policy: [`${BASE}/Library/perinatal|1.0.0`, `urn:sha256:${knowledge.ruleSetHash}`],
    entity: [{ role: 'source', what: { reference: `QuestionnaireResponse/${response!.id}` } }],
  })
  expect(provenances[0]!.target).toHaveLength(2 + knowledge.instruments.find((one) => one.id === id)!.scales.length)
  if (expected.author) expect(response!.author?.reference).toContain(expected.author)
}
