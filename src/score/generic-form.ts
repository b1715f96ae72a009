import type { Questionnaire, QuestionnaireItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import type { Binding } from '../instrument/binding.ts'
import { type Instrument, type Item, LOINC, type Scale } from '../instrument/instrument.ts'
import { itemsOf } from './forms.ts'
import type { Recognised } from './recognise.ts'
import { summedIn } from './summed-in.ts'
import { optionNamed, optionsOf } from './weight.ts'

/** The id under which forms are scored that no instrument of ours stands for. */
export const GENERIC = 'generic'

const CALCULATED = [
  'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression',
  'http://hl7.org/fhir/StructureDefinition/cqf-calculatedValue',
]
const VARIABLE = 'http://hl7.org/fhir/StructureDefinition/variable'

/**
 * A form with weights but no instrument of ours, as far as it declares how it is scored: its totals are the items that it calculates as plain sums of
 * weights. It has no cut-offs, no rules and no tier. Refused (`not-supported`) without weights, without a total, and with a total that is anything but a sum.
 */
export function genericForm(form: Questionnaire): Recognised {
  const items = itemsOf(form)
  const weighted = items.flatMap((item) => weightedItem(form, item))
  if (weighted.length === 0) return { faults: [fault('No binding knows this form, and its definition gives no weights')] }
  const totals = items.map((item) => ({ item, expression: expressionOf(item) })).filter(({ expression }) => expression !== undefined)
  if (totals.length === 0) return { faults: [fault('No binding knows this form, and its definition declares no total')] }
  const variables = variablesOf(form, items)
  const scales: Scale[] = []
  for (const { item, expression } of totals) {
    const summed = summedIn(expression!, variables)
    const linkIds = summed && summedItems(form, items, weighted, summed)
    if (linkIds === undefined) return { faults: [fault(`The total ${item.linkId} is not a plain sum of weights: it is not computed here`)] }
    scales.push(scaleOf(item, linkIds))
  }
  if (new Set(scales.map(({ code }) => code)).size < scales.length)
    return { faults: [fault('Two totals of the form cannot be told apart')] }
  return recognised(form, items, weighted, scales)
}

/** The weighted items that a sum names: by themselves, by the group that they stand in, or, where it names none, all of them. */
function summedItems(
  form: Questionnaire,
  items: readonly QuestionnaireItem[],
  weighted: readonly Item[],
  named: readonly string[],
): string[] | undefined {
  const isWeighted = (linkId: string): boolean => weighted.some((one) => one.linkId === linkId)
  const groups = items.filter(({ linkId, type }) => named.includes(linkId) && type === 'group')
  const own = named.filter((linkId) => !groups.some((group) => group.linkId === linkId))
  if (own.length > 0) return own.every(isWeighted) ? own : undefined
  const within = groups.length > 0 ? groups.flatMap((group) => itemsOf(group)) : itemsOf(form)
  return within.map(({ linkId }) => linkId).filter(isWeighted)
}

function recognised(
  form: Questionnaire,
  items: readonly QuestionnaireItem[],
  weighted: readonly Item[],
  scales: readonly Scale[],
): Recognised {
  const instrument = instrumentOf(form, weighted, scales)
  const others = new Set(items.map(({ linkId }) => linkId))
  const outside = {
    instrument,
    binding: BINDING,
    form,
    isNamed: false,
    itemOf: (linkId: string) => weighted.find((item) => item.linkId === linkId),
    scaleOf: (linkId: string) => scales.find(({ totalLinkId }) => totalLinkId === linkId),
    optionOf: ({ options }: Item, answer: QuestionnaireResponseItemAnswer) => {
      const named = optionNamed(
        options.map(({ code }) => ({ key: code })),
        answer,
      )
      return named && options.find(({ code }) => code === named.key)
    },
    passesOver: (linkId: string) => others.has(linkId),
  }
  const diagnostics =
    'No instrument of ours stands for this form: its declared totals are the sums of its own weights, without cut-offs, rules or tier'
  return { instrument, outside, notices: [{ severity: 'warning', code: 'informational', expression: EXPRESSION, diagnostics }] }
}

const BINDING: Binding = {
  id: GENERIC,
  title: { en: 'A form by its own weights', ja: '質問票自身の重みによる採点' },
  source: 'The definition of the form',
  instrument: GENERIC,
  version: '1.0.0',
  canonicals: [],
  items: {},
  answers: {},
}

function weightedItem(form: Questionnaire, item: QuestionnaireItem): Item[] {
  const options = optionsOf(form, item)
  if (!options.some(({ weight }) => weight !== undefined)) return []
  return [{ linkId: item.linkId, options: options.map(({ key, weight }) => ({ code: key, ...(weight !== undefined && { weight }) })) }]
}

const expressionOf = ({ extension }: QuestionnaireItem): string | undefined => {
  const found = extension?.find(({ url }) => CALCULATED.includes(url))
  return found?.valueExpression?.expression ?? found?.valueString
}

/** Variables of the form and of its items, by name. */
function variablesOf(form: Questionnaire, items: readonly QuestionnaireItem[]): ReadonlyMap<string, string> {
  const all = [form, ...items].flatMap(({ extension = [] }) => extension)
  return new Map(
    all.flatMap(({ url, valueExpression: { name, expression } = { language: '' } }) =>
      url === VARIABLE && name !== undefined && expression !== undefined ? [[name, expression] as const] : [],
    ),
  )
}

/** The score code has only letters that an identifier may have. */
function scaleOf({ linkId, text, code }: QuestionnaireItem, items: readonly string[]): Scale {
  const loinc = (Array.isArray(code) ? code : []).find((one) => one?.system === LOINC)?.code
  const slug = linkId
    .toLowerCase()
    .replaceAll(/[^0-9a-z]+/g, '-')
    .replaceAll(/^-|-$/g, '')
  const title = text ?? linkId
  return {
    code: `${GENERIC}-${slug}`,
    title: { en: title, ja: title },
    ...(loinc !== undefined && { loinc }),
    totalLinkId: linkId,
    items,
    cutOffs: [],
  }
}

const instrumentOf = (
  { title, name, url, version, copyright }: Questionnaire,
  items: readonly Item[],
  scales: readonly Scale[],
): Instrument => {
  const words = title ?? name ?? url ?? 'Form'
  return {
    id: GENERIC,
    version: version ?? '0',
    title: { en: words, ja: words },
    shortTitle: { en: words, ja: words },
    citation: url ?? words,
    copyright: copyright ?? '',
    textStatus: 'unverified',
    answerSystem: '',
    items,
    scales,
  }
}

const EXPRESSION = 'QuestionnaireResponse.questionnaire'
const fault = (diagnostics: string): Issue => ({ severity: 'error', code: 'not-supported', expression: EXPRESSION, diagnostics })
