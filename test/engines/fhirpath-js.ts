import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Engine, totalExpressionsOf } from './engine.ts'

// The project's own, not the older one that Smart Forms brings along.
const fromProject = createRequire(join(process.cwd(), 'package.json'))
const fhirpath = fromProject('fhirpath') as typeof import('fhirpath')
const r4 = fromProject('fhirpath/fhir-context/r4') as Parameters<typeof fhirpath.compile>[1]
const { version } = fromProject('fhirpath/package.json') as { version: string }

/** The evaluator alone, as SDC means it: `%resource` is the response, `%questionnaire` the form. */
export const createFhirpathJs = (codes: readonly string[]): Engine => ({
  name: 'fhirpath.js',
  version,
  async totals(form, responses) {
    const compiled = totalExpressionsOf(form, codes).map(({ code, expression }) => [code, fhirpath.compile(expression, r4)] as const)
    return responses.map((resource) =>
      Object.fromEntries(
        compiled.flatMap(([code, evaluate]) => {
          const [total] = evaluate(resource, { resource, questionnaire: form }) as unknown[]
          return typeof total === 'number' ? [[code, total]] : []
        }),
      ),
    )
  },
})
