import type { Frame, Page } from 'playwright-core'
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

/** The address that opens the app in a mother's chart, or a page of the record system with the app in frames. */
export function launchAddress(url: string, patients: string | readonly string[], options: Readonly<Record<string, string>> = {}): string {
  const ids = [patients].flat()
  const query = new URLSearchParams({ launch_url: `${url}/smart-launch.html?lang=en`, ...options })
  for (const id of ids) query.append('patient', id)
  return `${url}/ehr/${typeof patients === 'string' ? 'launch' : 'frame'}?${query}`
}

/** From the chart to a questionnaire to be filled in. */
export async function give(page: Page | Frame, instrument: string, mode: 'paper' | 'hand-over', language?: 'en' | 'ja'): Promise<void> {
  await page.locator('.due .buttons button').last().click()
  if (language !== undefined) await page.locator(`input[name="language"][value="${language}"]`).check()
  await page.locator(`input[name="instrument"][value="${instrument}"]`).check()
  await page.locator(`input[name="mode"][value="${mode}"]`).check()
  await page.locator('button[type="submit"]').click()
}
