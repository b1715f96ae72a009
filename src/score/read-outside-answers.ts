import type { QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
import type { Issue, IssueCode } from '../errors.ts'
import { type AnswerOption, type Item, rangeOf, type Scale } from '../instrument/instrument.ts'
import { type Answers, hasValue, isDeclined } from './read-answers.ts'
import type { OutsideForm } from './recognise.ts'
import { weightsGiven } from './weight.ts'

interface Reading {
  readonly outside: OutsideForm
  readonly options: Map<string, AnswerOption>
  readonly totals: Map<string, { value: number; expression: string }>
  /** LinkIds of ours and score codes that were there. */
  readonly seen: Set<string>
  readonly issues: Issue[]
}

/**
 * Reads the answers of a form that stands for an instrument, at any depth of groups. Where the form gives a weight and our own list knows the code, both must
 * say the same. Refuses, as `readAnswers` does, what it does not know and what stands twice; and (`value`) a number that is no weight of
 * its item and weights that contradict each other: nothing is ever guessed from the place of an option.
 */
export function readOutsideAnswers(outside: OutsideForm, response: QuestionnaireResponse): Answers {
  const reading: Reading = { outside, options: new Map(), totals: new Map(), seen: new Set(), issues: [] }
  readItems(reading, response.item, 'QuestionnaireResponse')
  return reading
}

function readItems(reading: Reading, items: readonly QuestionnaireResponseItem[] | undefined, path: string): void {
  for (const [index, item] of (items ?? []).entries()) readItem(reading, item, `${path}.item[${index}]`)
}

function readItem(reading: Reading, given: QuestionnaireResponseItem, path: string): void {
  const { outside, seen } = reading
  const item = outside.itemOf(given.linkId)
  const scale = item === undefined ? outside.scaleOf(given.linkId) : undefined
  if (item === undefined && scale === undefined) return readOther(reading, given, path)
  const name = item?.linkId ?? scale!.code
  if (seen.has(name)) return refuse(reading, 'duplicate', path, `${given.linkId} stands twice`)
  seen.add(name)
  if (given.item !== undefined) return refuse(reading, 'structure', `${path}.item`, `${given.linkId} has no items within`)
  const [answer, second] = given.answer ?? []
  if (second !== undefined) return refuse(reading, 'duplicate', `${path}.answer`, `${given.linkId} has two answers`)
  if (answer === undefined) return
  if (answer.item !== undefined) return refuse(reading, 'structure', `${path}.answer[0].item`, `${given.linkId} has no items within`)
  if (item !== undefined) readOption(reading, item, given.linkId, answer, `${path}.answer[0]`)
  if (scale !== undefined) readTotal(reading, scale, answer, `${path}.answer[0]`)
}

/** A group, a display, or another question of the form. */
function readOther(reading: Reading, { linkId, item, answer = [] }: QuestionnaireResponseItem, path: string): void {
  const isQuestion = answer.some(hasValue)
  if (isQuestion && !reading.outside.passesOver(linkId))
    return refuse(reading, 'code-invalid', `${path}.linkId`, `${reading.outside.binding.id} has no such linkId`)
  readItems(reading, item, path)
  for (const [index, one] of answer.entries()) readItems(reading, one.item, `${path}.answer[${index}]`)
}

function readOption(reading: Reading, item: Item, linkId: string, answer: QuestionnaireResponseItemAnswer, path: string): void {
  const byCode = reading.outside.optionOf(item, answer)
  if (isDeclined(answer)) {
    if (byCode !== undefined || (answer.valueCoding === undefined && hasValue(answer)))
      refuse(reading, 'value', path, `${linkId} is declined and answered`)
    return
  }
  const weights = weightsGiven(reading.outside.form, linkId, answer)
  const known = byCode?.weight === undefined ? weights : [byCode.weight, ...weights]
  if (new Set(known).size > 1) return refuse(reading, 'value', path, `${linkId} carries weights that contradict each other`)
  const option = byCode ?? optionWeighing(reading.outside, item, answer, weights[0])
  if (option === undefined) return refuseAnswer(reading, item, linkId, answer, path)
  reading.options.set(item.linkId, option)
}

/** A code of our own list that is no option of this item stays wrong, whatever weight stands with it. */
function optionWeighing(
  { binding, instrument }: OutsideForm,
  { options }: Item,
  { valueCoding, valueInteger, valueDecimal }: QuestionnaireResponseItemAnswer,
  weight: number | undefined,
): AnswerOption | undefined {
  const number = binding.answers.numbers === true && valueCoding === undefined ? (valueInteger ?? valueDecimal) : undefined
  const isStranger = valueCoding !== undefined && valueCoding.system !== instrument.answerSystem
  const given = isStranger && binding.answers.weights === true ? weight : number
  return given === undefined ? undefined : options.find((option) => option.weight === given)
}

function refuseAnswer(reading: Reading, { options }: Item, linkId: string, answer: QuestionnaireResponseItemAnswer, path: string): void {
  const { binding } = reading.outside
  if (answer.valueCoding !== undefined) return refuse(reading, 'code-invalid', `${path}.valueCoding`, `${linkId} has no such option`)
  const isNumber = (answer.valueInteger ?? answer.valueDecimal) !== undefined
  if (!isNumber || binding.answers.numbers !== true) return refuse(reading, 'value', path, `${linkId} takes a valueCoding`)
  const weights = options.flatMap(({ weight }) => weight ?? []).toSorted((a, b) => a - b)
  refuse(reading, 'value', path, `${linkId} takes ${weights.join(', ')}`)
}

function readTotal(reading: Reading, scale: Scale, answer: QuestionnaireResponseItemAnswer, path: string): void {
  const { binding, instrument } = reading.outside
  const text = binding.answers.totalStrings === true ? numberIn(answer.valueString) : undefined
  const value = answer.valueInteger ?? answer.valueDecimal ?? answer.valueQuantity?.value ?? text
  if (value === undefined) return refuse(reading, 'value', path, `${scale.code} takes an integer, a decimal or a Quantity`)
  const [lowest, highest] = rangeOf(instrument, scale)
  if (value < lowest || value > highest) return refuse(reading, 'value', path, `${scale.code} lies between ${lowest} and ${highest}`)
  reading.totals.set(scale.code, { value, expression: path })
}

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,3}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined

function refuse(reading: Reading, code: IssueCode, expression: string, diagnostics: string): void {
  reading.issues.push({ severity: 'error', code, expression, diagnostics })
}
