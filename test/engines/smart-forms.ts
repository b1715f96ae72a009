import { join } from 'node:path'
import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { type Engine, type TotalExpression, type Totals, totalExpressionsOf, totalsIn } from './engine.ts'
import { ENGINES, versionOf } from './install.ts'

const PACKAGE = '@aehrc/smart-forms-renderer'
const OUT = join(process.cwd(), 'test', 'output', 'engines')

/** What of the renderer is used. */
interface Renderer {
  buildForm(form: { questionnaire: Questionnaire; terminologyServerUrl: string }): Promise<void>
  getResponse(): QuestionnaireResponse
  readonly questionnaireStore: { getState(): { updateExpressions(response: QuestionnaireResponse, isFirst: boolean): Promise<void> } }
  readonly questionnaireResponseStore: { getState(): { readonly updatableResponse: QuestionnaireResponse } }
}

/**
 * A page with the renderer's own store and evaluator in it. The package is written for bundlers, so it is bundled; what it brings for the screen is
 * neither needed nor installed.
 */
export async function openSmartForms(browser: Browser): Promise<Page> {
  await build({
    configFile: false,
    root: ENGINES,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: OUT,
      emptyOutDir: false,
      lib: { entry: 'smart-forms-entry.js', name: 'SmartForms', formats: ['iife'], fileName: () => 'smart-forms.js' },
    },
  })
  const page = await browser.newPage()
  await page.addScriptTag({ path: join(OUT, 'smart-forms.js') })
  return page
}

/** One form is filled in with each response after the other, the totals of the last standing there, as they do when somebody answers. */
export const createSmartForms = (page: Page, codes: readonly string[]): Engine => ({
  name: 'Smart Forms',
  version: versionOf(PACKAGE),
  async totals(questionnaire, responses) {
    const expressions = totalExpressionsOf(questionnaire, codes)
    const filled = await page.evaluate(fill, { questionnaire, responses, expressions })
    return filled.map((response): Totals => totalsIn(response, expressions))
  },
})

interface Order {
  readonly questionnaire: Questionnaire
  readonly responses: readonly QuestionnaireResponse[]
  readonly expressions: readonly TotalExpression[]
}

/** Runs in the page. Where a weight is not found the renderer would ask a public terminology server: here there is none. */
async function fill({ questionnaire, responses, expressions }: Order): Promise<QuestionnaireResponse[]> {
  const { SmartForms } = globalThis as unknown as { SmartForms: Renderer }
  const filled: QuestionnaireResponse[] = []
  await SmartForms.buildForm({ questionnaire, terminologyServerUrl: 'http://127.0.0.1:9/fhir' })
  for (const response of responses) {
    const { item: before = [] } = SmartForms.questionnaireResponseStore.getState().updatableResponse
    const kept = before.filter(({ linkId }) => expressions.some((one) => one.linkId === linkId))
    await SmartForms.questionnaireStore.getState().updateExpressions({ ...response, item: [...response.item!, ...kept] }, false)
    filled.push(SmartForms.getResponse())
  }
  return filled
}
