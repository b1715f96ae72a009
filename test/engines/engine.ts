import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import { CALCULATED } from '../../src/publish/calculated-expression.ts'

/** Score code → total; nothing where the engine gives none. */
export type Totals = Readonly<Record<string, number>>

/** A form engine, or an evaluator, that others wrote. */
export interface Engine {
  readonly name: string
  readonly version: string
  /** What it makes of each response, in the order given: filled in, opened or evaluated, as the engine is used. */
  totals(form: Questionnaire, responses: readonly QuestionnaireResponse[]): Promise<Totals[]>
}

/** One total as a form says it. */
export interface TotalExpression {
  readonly code: string
  /** Of the item that holds it; absent where it is a variable. */
  readonly linkId?: string
  readonly expression: string
}

const VARIABLE = 'http://hl7.org/fhir/StructureDefinition/variable'
const SCORE = /\/CodeSystem\/score$/

/** Every total of a form: items that calculate themselves, and variables (`epdsTotal` is the total `epds-total`, as `codes` knows it). */
export function totalExpressionsOf({ item, extension }: Questionnaire, codes: readonly string[]): TotalExpression[] {
  const items = item!.flatMap(({ linkId, code, extension: own }) => {
    const expression = own?.find(({ url }) => url === CALCULATED)?.valueExpression?.expression
    return expression === undefined ? [] : [{ code: code!.find(({ system }) => SCORE.test(system!))!.code!, linkId, expression }]
  })
  const variables = (extension ?? []).flatMap(({ url, valueExpression }) => {
    const code = codes.find((one) => one.replaceAll('-', '') === valueExpression?.name?.toLowerCase())
    return url === VARIABLE && code !== undefined ? [{ code, expression: valueExpression!.expression! }] : []
  })
  return [...items, ...variables]
}

/** The totals that stand in a response. */
export const totalsIn = ({ item = [] }: QuestionnaireResponse, expressions: readonly TotalExpression[]): Totals =>
  Object.fromEntries(
    expressions.flatMap(({ code, linkId }) => {
      const [answer] = item.find((one) => one.linkId === linkId)?.answer ?? []
      const value = answer?.valueDecimal ?? answer?.valueInteger ?? answer?.valueQuantity?.value
      return value === undefined ? [] : [[code, value]]
    }),
  )
