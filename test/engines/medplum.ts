import type { QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js'
import { type Engine, totalExpressionsOf, totalsIn } from './engine.ts'
import { fromEngines, versionOf } from './install.ts'

interface Core {
  readonly toTypedValue: (value: unknown) => unknown
  readonly evalFhirPathTyped: (expression: string, input: unknown[], variables: Record<string, unknown>) => readonly { value: unknown }[]
}
interface Hooks {
  /** Puts totals into the answers of a response that has an item for each. */
  readonly evaluateCalculatedExpressionsInQuestionnaire: (items: QuestionnaireItem[], response: QuestionnaireResponse) => void
}

/** What Medplum's form calls at every answer; a variable is given to its evaluator, which its form does not do. */
export function createMedplum(codes: readonly string[]): Engine {
  const core = fromEngines('@medplum/core') as Core
  const { evaluateCalculatedExpressionsInQuestionnaire: calculate } = fromEngines('@medplum/react-hooks') as Hooks
  const evaluated = (response: QuestionnaireResponse, expression: string): unknown => {
    const value = core.toTypedValue(response)
    return core.evalFhirPathTyped(expression, [value], { '%resource': value })[0]?.value
  }
  return {
    name: 'Medplum',
    version: versionOf('@medplum/core'),
    async totals(form, responses) {
      const expressions = totalExpressionsOf(form, codes)
      const items = expressions.flatMap(({ linkId }): QuestionnaireResponseItem[] => (linkId === undefined ? [] : [{ linkId }]))
      return responses.map((given) => {
        const response = { ...given, item: [...given.item!, ...structuredClone(items)] }
        if (items.length > 0) calculate(form.item!, response)
        const variables = expressions.flatMap(({ code, linkId, expression }) => {
          const total = linkId === undefined ? evaluated(given, expression) : undefined
          return typeof total === 'number' ? [[code, total]] : []
        })
        return { ...totalsIn(response, expressions), ...Object.fromEntries(variables) }
      })
    },
  }
}
