import type { Bundle, FhirResource, Observation, Questionnaire } from 'fhir/r4.js'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Dialect, inDialect } from '../../src/publish/dialect.ts'
import { launchBrowser, missing as missingBrowser } from '../e2e/browser.ts'
import { questionnaireOf } from '../publish/sources.ts'
import { missingEngines } from './install.ts'
import { type LForms, openLForms } from './lforms.ts'

const missing = missingBrowser ?? missingEngines()

describe.skipIf(missing !== undefined)(`LHC-Forms on the screen${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let browser: Browser
  let page: Page
  beforeAll(async () => {
    browser = await launchBrowser()
    page = await openLForms(browser)
  })
  afterAll(() => browser?.close())

  const show = async (dialect: Dialect): Promise<string> => {
    await page.evaluate(put, inDialect(questionnaireOf('epds'), dialect))
    await page.waitForFunction(() => document.querySelectorAll('#form input[type=radio]').length === 40)
    return page.locator('#form').innerText()
  }

  test('shows the weights that options carry, and so none in its own dialect', async () => {
    expect(await show('sdc4')).toMatch(/humour lost - 3\n/)
    const text = await show('lforms')
    expect(text).toMatch(/humour lost\n/)
    expect(text).not.toMatch(/- \d\n/)
    expect(text).not.toContain('total')
  })

  // While LHC-Forms puts a form together it may lose a click.
  test('answered by hand: the totals, and they alone, become Observations, each a survey in {score}', { retry: 2 }, async () => {
    await show('lforms')
    for (let item = 0; item < 10; item++)
      await page
        .locator('#form input[type=radio]')
        .nth(item * 4)
        .click({ force: true })
    await page.waitForFunction(hasTotal)
    const extracted = (await page.evaluate(extract)).flatMap(observationsIn)
    const told = extracted.map(({ code, category, valueQuantity }) => [
      code.coding![0]!.code,
      valueQuantity?.value,
      valueQuantity?.code,
      category?.[0]?.coding?.[0]?.code,
    ])
    expect(told).toEqual([
      ['epds-total', 21, '{score}', 'survey'],
      ['epds-3a', 6, '{score}', 'survey'],
    ])
  })
})

const observationsIn = (resource: FhirResource): Observation[] =>
  resource.resourceType === 'Bundle' ? ((resource as Bundle<Observation>).entry ?? []).map((entry) => entry.resource!) : []

type WithLForms = { LForms: LForms }

/* Each of these runs in the page. */
const put = (form: Questionnaire): Promise<void> => {
  const { Util } = (globalThis as unknown as WithLForms).LForms
  return Util.addFormToPage(Util.convertFHIRQuestionnaireToLForms(form, 'R4'), 'form')
}
const extract = (): FhirResource[] => {
  const { Util } = (globalThis as unknown as WithLForms).LForms
  return Util.getFormFHIRData('QuestionnaireResponse', 'R4', undefined, { extract: true }) as FhirResource[]
}
const hasTotal = (): boolean => {
  const { Util } = (globalThis as unknown as WithLForms).LForms
  return JSON.stringify(Util.getFormFHIRData('QuestionnaireResponse', 'R4')).includes('"epds-total"')
}
