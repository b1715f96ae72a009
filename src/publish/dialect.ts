import type { Coding, Extension, Questionnaire, QuestionnaireItem, QuestionnaireItemAnswerOption } from 'fhir/r4.js'
import { systemOf } from './artifact.ts'
import { CALCULATED, withWeightsRead } from './calculated-expression.ts'
import { ITEM_WEIGHT, SDC, SEMVER } from './questionnaire.ts'

/** How one engine, or one edition of the standard, wants a Questionnaire written. */
interface Style {
  /** Under which extension an option says its weight, and where. Absent: nowhere, for an engine that would show it to the mother. */
  readonly weight?: { readonly url: string; readonly on: 'answerOption' | 'valueCoding' }
  /** How an expression reads the weight of an answer: by a function of the engine, or from the codes and numbers written into it. */
  readonly reading: 'weight()' | 'ordinal()' | 'written out'
  /** Where a total is: an item that calculates itself (SDC), or a variable (R4 itself). */
  readonly total: 'item' | 'variable'
  /** How SDC's extraction is told of a total. */
  readonly extract?: Omit<Extension, 'url'>
  /** Profiles of SDC that do not hold in this dialect. */
  readonly not?: readonly string[]
}

const ORDINAL_VALUE = 'http://hl7.org/fhir/StructureDefinition/ordinalValue'
const VARIABLE = 'http://hl7.org/fhir/StructureDefinition/variable'

/**
 * What is known of each dialect, measured by running the engines (`test/engines`). `sdc4` is the canonical form itself.
 * - SDC 3 knows `ordinalValue` and `ordinal()`, and of extraction only yes and no.
 * - LHC-Forms shows the weight of an option beside its text: here no option carries one.
 * - Smart Forms reads weights from the coding alone, where SDC does not want them: what SDC says of behaviour is not claimed.
 * - R4 by itself has weights (`ordinalValue`) and named expressions (`variable`), but nothing that fills in a total: it has no such items.
 */
const STYLES = {
  sdc4: { weight: { url: ITEM_WEIGHT, on: 'answerOption' }, reading: 'weight()', total: 'item', extract: { valueCode: 'derived' } },
  sdc3: { weight: { url: ORDINAL_VALUE, on: 'answerOption' }, reading: 'ordinal()', total: 'item', extract: { valueBoolean: true } },
  lforms: { reading: 'written out', total: 'item', extract: { valueBoolean: true } },
  'smart-forms': {
    weight: { url: ORDINAL_VALUE, on: 'valueCoding' },
    reading: 'written out',
    total: 'item',
    extract: { valueBoolean: true },
    not: [`${SDC}-behave`],
  },
  plain: { weight: { url: ORDINAL_VALUE, on: 'answerOption' }, reading: 'written out', total: 'variable' },
} as const satisfies Record<string, Style>

export type Dialect = keyof typeof STYLES

/** The dialect of what is published. */
export const CANONICAL: Dialect = 'sdc4'
export const DIALECTS = Object.keys(STYLES) as readonly Dialect[]
export const isDialect = (name: string): name is Dialect => Object.hasOwn(STYLES, name)

/** The dialect that a resource says it is in. */
export const dialectOf = ({ meta }: Pick<Questionnaire, 'meta'>): string =>
  meta?.tag?.find(({ system }) => system === systemOf('dialect'))?.code ?? CANONICAL

/**
 * A published Questionnaire as one dialect wants it: the same url, version, items, options and words, so that a response to any of them is a response
 * to the one. What changes is where weights stand and how totals are calculated; `meta.tag` names the dialect, unless it is the canonical one.
 */
export function inDialect(canonical: Questionnaire, dialect: Dialect): Questionnaire {
  if (dialect === CANONICAL) return canonical
  const style: Style = STYLES[dialect]
  const weights = weightsOf(canonical)
  const reading = (linkId: string): string => readingOf(style, weights.get(linkId) ?? [])
  const items = canonical.item!.map((item) => rewritten(item, style, reading))
  const { resourceType, id, meta, extension: _, ...rest } = canonical
  const extension = style.total === 'variable' ? rootOf(canonical, items) : canonical.extension
  return {
    resourceType,
    ...(id !== undefined && { id }),
    meta: metaOf(meta, dialect, style),
    ...rest,
    ...(extension && extension.length > 0 && { extension }),
    item: style.total === 'variable' ? items.filter((item) => variableOf(item).length === 0) : items,
  }
}

/** R4 has variables, and no version algorithm. */
const rootOf = ({ extension = [] }: Questionnaire, items: readonly QuestionnaireItem[]): Extension[] => [
  ...extension.filter(({ url }) => url !== SEMVER.url),
  ...items.flatMap(variableOf),
]

/** Without SDC's items there is nothing of SDC left to claim. */
function metaOf(meta: Questionnaire['meta'], dialect: Dialect, { total, not = [] }: Style): NonNullable<Questionnaire['meta']> {
  const profile = total === 'variable' ? [] : (meta?.profile ?? []).filter((one) => !not.includes(one))
  const tag: Coding[] = [...(meta?.tag ?? []), { system: systemOf('dialect'), code: dialect }]
  return { ...(profile.length > 0 && { profile }), tag }
}

type Weight = readonly [code: string, weight: number]

const weightsOf = ({ item }: Questionnaire): ReadonlyMap<string, readonly Weight[]> =>
  new Map(item!.map(({ linkId, answerOption = [] }) => [linkId, answerOption.flatMap(weightOf)]))

function weightOf({ extension, valueCoding }: QuestionnaireItemAnswerOption): Weight[] {
  const weight = extension?.find(({ url }) => url === ITEM_WEIGHT)?.valueDecimal
  return weight === undefined ? [] : [[valueCoding!.code!, weight]]
}

/**
 * Written out: the code of the answer is replaced by its number, and what is no number then is nothing. Bars keep one code from being found in
 * another, or in a number; the schema of instruments has seen to it that no code holds one. Engines parse an expression at every answer, and a
 * chain of replacements in a seventh of the time of nested `iif`s.
 */
function readingOf({ reading }: Style, weights: readonly Weight[]): string {
  if (reading !== 'written out') return `.${reading}`
  const replacements = weights.map(([code, weight]) => `.replace('|${code}|', '${weight}')`).join('')
  return `.select('|' + code + '|')${replacements}.toInteger()`
}

function rewritten(item: QuestionnaireItem, style: Style, reading: (linkId: string) => string): QuestionnaireItem {
  const extension = item.extension?.map((one) => rewrittenExtension(one, style, reading))
  const answerOption = item.answerOption?.map((option) => rewrittenOption(option, style))
  return { ...item, ...(extension && { extension }), ...(answerOption && { answerOption }) }
}

function rewrittenExtension(extension: Extension, { extract }: Style, reading: (linkId: string) => string): Extension {
  const { url, valueExpression } = extension
  if (url === `${SDC}-observationExtract` && extract) return { url, ...extract }
  if (url !== CALCULATED) return extension
  return { url, valueExpression: { ...valueExpression!, expression: withWeightsRead(valueExpression!.expression!, reading) } }
}

function rewrittenOption(option: QuestionnaireItemAnswerOption, { weight: style }: Style): QuestionnaireItemAnswerOption {
  const { extension, ...bare } = option
  const [weight] = weightOf(option)
  if (weight === undefined) return option
  if (style === undefined) return bare
  const said: Extension[] = [{ url: style.url, valueDecimal: weight[1] }]
  return style.on === 'answerOption' ? { extension: said, ...bare } : { ...bare, valueCoding: { extension: said, ...bare.valueCoding } }
}

/** A total as R4 itself can say it: a named expression, `epds-total` being `epdsTotal`. */
function variableOf({ extension, code }: QuestionnaireItem): Extension[] {
  const expression = extension?.find(({ url }) => url === CALCULATED)?.valueExpression
  if (expression === undefined) return []
  const name = code![0]!.code!.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  return [{ url: VARIABLE, valueExpression: { name, ...expression } }]
}
