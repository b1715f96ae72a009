import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Instrument } from '../../src/instrument/instrument.ts'
import { DIALECTS, type Dialect, inDialect } from '../../src/publish/dialect.ts'
import { launchBrowser, missing as missingBrowser } from '../e2e/browser.ts'
import { questionnaireOf, readJson } from '../publish/sources.ts'
import { casesOf, SCORED } from './cases.ts'
import type { Engine, Totals } from './engine.ts'
import { createFhirpathJs } from './fhirpath-js.ts'
import { missingEngines } from './install.ts'
import { createLForms, openLForms } from './lforms.ts'
import { createMedplum } from './medplum.ts'
import { createSmartForms, openSmartForms } from './smart-forms.ts'
import { type Cell, type Limit, limitOf, type Outcome, tableIn, tableOf, withTable } from './table.ts'

const missing = missingBrowser ?? missingEngines()
const codes = SCORED.flatMap(({ scales }) => scales.map(({ code }) => code))
const limits = readJson<Limit[]>('test/engines/limits.json')

/** What each dialect is for is proven with 200 complete and 200 incomplete responses of each instrument; what else it works in, with 10 of each. */
const MEANT: Readonly<Record<Dialect, readonly string[]>> = {
  sdc4: ['fhirpath.js'],
  sdc3: ['fhirpath.js'],
  lforms: ['LHC-Forms', 'Medplum'],
  'smart-forms': ['Smart Forms'],
  plain: ['fhirpath.js', 'Medplum'],
}
const [PROOF, PROBE] = [200, 10]
const PAGES = ['LHC-Forms', 'Smart Forms']

let browser: Browser
const engines: Engine[] = []
const cells: Cell[] = []
const differences: string[] = []

/** Totals that are ours, each of them, and no others; an engine may also give none at all. */
function outcomeOf(given: readonly Totals[], ours: readonly Totals[]): Outcome {
  const isEqual = given.every((totals, index) => JSON.stringify(sorted(totals)) === JSON.stringify(sorted(ours[index]!)))
  if (isEqual) return 'equal'
  return given.every((totals) => Object.keys(totals).length === 0) ? 'none' : 'wrong'
}
const sorted = (totals: Totals) => Object.entries(totals).sort(([one], [other]) => (one < other ? -1 : 1))

async function tryOut(engine: Engine, dialect: Dialect, instrument: Instrument): Promise<{ outcome: Outcome; responses: number }> {
  const cases = casesOf(instrument, MEANT[dialect].includes(engine.name) ? PROOF : PROBE)
  const responses = cases.map(({ response }) => response)
  const given = await engine
    .totals(inDialect(questionnaireOf(instrument.id), dialect), responses)
    .catch((): Totals[] => responses.map(() => ({})))
  const outcome = outcomeOf(
    given,
    cases.map(({ totals }) => totals),
  )
  if (outcome === 'wrong') differences.push(`${engine.name}, ${dialect}, ${instrument.id}`)
  return { outcome, responses: responses.length }
}

async function tryAll(engine: Engine): Promise<void> {
  for (const dialect of DIALECTS) {
    const tried = []
    for (const instrument of SCORED) tried.push(await tryOut(engine, dialect, instrument))
    const outcomes = new Set(tried.map(({ outcome }) => outcome))
    const outcome = outcomes.size === 1 ? [...outcomes][0]! : 'wrong'
    cells.push({ dialect, engine: engine.name, outcome, responses: tried.reduce((sum, { responses }) => sum + responses, 0) })
  }
}

describe.skipIf(missing !== undefined)(`engines that others wrote${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  beforeAll(async () => {
    browser = await launchBrowser()
    const [lforms, smartForms] = [await openLForms(browser), await openSmartForms(browser)]
    engines.push(createFhirpathJs(codes), createLForms(lforms, codes), createSmartForms(smartForms, codes), createMedplum(codes))
    // Those in a page first: they work on while the others hold this thread.
    const pages = engines.filter(({ name }) => PAGES.includes(name)).map(tryAll)
    for (const engine of engines.filter(({ name }) => !PAGES.includes(name))) await tryAll(engine)
    await Promise.all(pages)
  }, 1_800_000)
  afterAll(() => browser?.close())

  test('no engine gives a total that is not ours: the same number, or none', () => {
    expect(differences).toEqual([])
    expect(cells.filter(({ outcome }) => outcome === 'wrong')).toEqual([])
  })

  test('each dialect gives its totals in the engines that it is for', () => {
    for (const dialect of DIALECTS)
      for (const engine of MEANT[dialect])
        expect(cells).toContainEqual({ dialect, engine, outcome: 'equal', responses: 2 * PROOF * SCORED.length })
  })

  test('where an engine cannot, the reason is known, and no reason is out of date', () => {
    const cannot = cells.filter(({ outcome }) => outcome !== 'equal')
    for (const cell of cannot) expect(limitOf(limits, cell), `${cell.engine}, ${cell.dialect}`).toBeGreaterThanOrEqual(0)
    const known = limits.flatMap(({ engine, dialects }) => dialects.map((dialect) => `${engine}, ${dialect}`))
    expect(known.toSorted()).toEqual(cannot.map(({ engine, dialect }) => `${engine}, ${dialect}`).toSorted())
  })

  test('README says so (npm run engines writes it)', () => {
    const table = tableOf(cells, engines, limits)
    const readme = readFileSync('README.md', 'utf8')
    if (process.env.README_ENGINES) writeFileSync('README.md', withTable(readme, table))
    else expect(tableIn(readme)).toBe(table)
  })
})
