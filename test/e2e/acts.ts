import type { Page } from 'playwright-core'
import { knowledge } from '../fixtures/knowledge.ts'

/** Opens a mother's chart as the clinician of the sandbox does: by her name on the launch page. */
export async function openChart(page: Page, url: string, name: string, language: 'en' | 'ja' = 'en'): Promise<void> {
  await page.goto(`${url}/?lang=${language}`)
  await page
    .getByRole('link', { name: new RegExp(name) })
    .first()
    .click()
  await page.locator('.course-section').waitFor()
  await page.waitForLoadState('networkidle')
}

/** The option of each item that weighs this much, in the order of the instrument. */
export const optionCodes = (id: string, weights: readonly number[]): [linkId: string, code: string][] => {
  const { items } = knowledge.instruments.find((one) => one.id === id)!
  return weights.map((weight, index) => [items[index]!.linkId, items[index]!.options.find((option) => option.weight === weight)!.code])
}

export const chooseOption = (page: Page, linkId: string, code: string): Promise<void> =>
  page.locator(`input[name="${linkId}"][value="${code}"]`).check()

/** Both identifiers heard, nobody with her. */
export async function confirmHandOver(page: Page): Promise<void> {
  await page.locator('input[name="identity"]').first().check()
  await page.locator('input[name="identity"]').last().check()
  await page.locator('input[name="company"][value="alone"]').check()
}
