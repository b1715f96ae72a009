import { join } from 'node:path'
import type { Questionnaire } from 'fhir/r4.js'
import type { Browser, Page } from 'playwright-core'
import { type Engine, type Totals, totalExpressionsOf } from './engine.ts'
import { ENGINES, versionOf } from './install.ts'

const FOLDER = join(ENGINES, 'node_modules', 'lforms', 'dist', 'lforms')
const SCRIPTS = ['webcomponent/assets/lib/zone.min.js', 'webcomponent/lhc-forms.js', 'fhir/R4/lformsFHIR.min.js']

/** What of it is used; the rest of its types is not published. */
export interface LForms {
  readonly LFormsData: new (definition: unknown) => FormData
  readonly Util: {
    convertFHIRQuestionnaireToLForms(form: unknown, version: 'R4'): unknown
    addFormToPage(form: unknown, element: string, options?: object): Promise<void>
    getFormFHIRData(type: 'QuestionnaireResponse', version: 'R4', form?: unknown, options?: object): unknown
  }
}
interface FormData {
  readonly items: { linkId: string; value?: unknown; answers?: { code: string }[] }[]
  readonly _expressionProcessor: { runCalculations(isFirst: boolean): Promise<void> }
}

/** A page with LHC-Forms on it, as its documentation has it: by script tags. */
export async function openLForms(browser: Browser): Promise<Page> {
  const page = await browser.newPage()
  await page.setContent('<!doctype html><html lang="en"><body><div id="form"></div></body></html>')
  for (const script of SCRIPTS) await page.addScriptTag({ path: join(FOLDER, script) })
  return page
}

/** Each response is filled in, question by question, in one form in the page; then its expressions run, as they do when somebody answers. */
export const createLForms = (page: Page, codes: readonly string[]): Engine => ({
  name: 'LHC-Forms',
  version: versionOf('lforms'),
  totals(form, responses) {
    const answers = responses.map(({ item }) => Object.fromEntries(item!.map((one) => [one.linkId, one.answer![0]!.valueCoding!.code!])))
    return page.evaluate(fill, {
      form,
      answers,
      totals: totalExpressionsOf(form, codes).map(({ code, linkId }) => [code, linkId ?? ''] as const),
    })
  },
})

interface Order {
  readonly form: Questionnaire
  readonly answers: readonly Readonly<Record<string, string>>[]
  readonly totals: readonly (readonly [code: string, linkId: string])[]
}

/** Runs in the page. */
async function fill({ form, answers, totals }: Order): Promise<Totals[]> {
  const { LForms } = globalThis as unknown as { LForms: LForms }
  const data = new LForms.LFormsData(LForms.Util.convertFHIRQuestionnaireToLForms(form, 'R4'))
  const byLinkId = new Map(data.items.map((item) => [item.linkId, item]))
  const all: Totals[] = []
  for (const answered of answers) {
    for (const [linkId, item] of byLinkId) if (item.answers) item.value = item.answers.find(({ code }) => code === answered[linkId])
    await data._expressionProcessor.runCalculations(all.length === 0)
    all.push(
      Object.fromEntries(
        totals.flatMap(([code, linkId]) => {
          const value = byLinkId.get(linkId)?.value
          return typeof value === 'number' ? [[code, value]] : []
        }),
      ),
    )
  }
  return all
}
