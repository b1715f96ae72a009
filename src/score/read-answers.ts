import type { Extension, QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
import type { Issue, IssueCode } from '../errors.ts'
import { type AnswerOption, type Instrument, type Item, rangeOf, type Scale } from '../instrument/instrument.ts'
import { instructionLinkIdOf } from '../instrument/text-pack.ts'

const DATA_ABSENT_EXTENSION = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'
const DATA_ABSENT_SYSTEM = 'http://terminology.hl7.org/CodeSystem/data-absent-reason'

/** The chosen option of each answered item, and totals that the form carried along. */
export interface Answers {
  readonly options: ReadonlyMap<string, AnswerOption>
  /** By scale code; to be checked against ours, never to be trusted. */
  readonly totals: ReadonlyMap<string, { readonly value: number; readonly expression: string }>
  readonly issues: readonly Issue[]
}

interface Reading {
  readonly instrument: Instrument
  readonly options: Map<string, AnswerOption>
  readonly totals: Map<string, { value: number; expression: string }>
  readonly seen: Set<string>
  readonly issues: Issue[]
  /** Which item is being read: expressions are made only where one is needed. */
  index: number
}

/**
 * Reads the answers of a structurally valid response. A weight belongs to the option of its item: codes are looked up in that item alone.
 * Refuses an unknown linkId, option or system (`code-invalid`), an item or answer given twice (`duplicate`), items within items (`structure`),
 * and anything but a coding where a coding is due (`value`). All faults are listed, not just the first. The form's instruction, echoed by some fillers, is passed over.
 */
export function readAnswers(instrument: Instrument, response: QuestionnaireResponse): Answers {
  const reading: Reading = { instrument, options: new Map(), totals: new Map(), seen: new Set(), issues: [], index: 0 }
  for (const item of response.item ?? []) {
    readItem(reading, item)
    reading.index += 1
  }
  return reading
}

const expressionOf = ({ index }: Reading, path: string): string => `QuestionnaireResponse.item[${index}]${path}`

function readItem(reading: Reading, given: QuestionnaireResponseItem): void {
  const { instrument, seen } = reading
  if (given.linkId === instructionLinkIdOf(instrument) && given.answer === undefined && given.item === undefined) return
  const item = instrument.items.find(({ linkId }) => linkId === given.linkId)
  const scale = item === undefined ? scaleOfTotal(instrument, given.linkId) : undefined
  if (item === undefined && scale === undefined) return refuse(reading, 'code-invalid', '.linkId', `${instrument.id} has no such linkId`)
  if (seen.has(given.linkId)) return refuse(reading, 'duplicate', '', `${given.linkId} stands twice`)
  seen.add(given.linkId)
  if (given.item !== undefined) return refuse(reading, 'structure', '.item', `${given.linkId} has no items within`)
  const [answer, second] = given.answer ?? []
  if (second !== undefined) return refuse(reading, 'duplicate', '.answer', `${given.linkId} has two answers`)
  if (answer === undefined) return
  if (answer.item !== undefined) return refuse(reading, 'structure', '.answer[0].item', `${given.linkId} has no items within`)
  if (item !== undefined) readOption(reading, item, answer)
  if (scale !== undefined) readTotal(reading, scale, answer)
}

const scaleOfTotal = ({ scales }: Instrument, linkId: string): Scale | undefined =>
  scales.find(({ code, totalLinkId }) => code === linkId || totalLinkId === linkId)

function readOption(reading: Reading, item: Item, answer: QuestionnaireResponseItemAnswer): void {
  const { linkId, options } = item
  const coding = answer.valueCoding
  if (isDeclined(answer)) {
    const contradicts = options.some(({ code }) => code === coding?.code)
    if (contradicts || (coding === undefined && hasValue(answer)))
      refuse(reading, 'value', '.answer[0]', `${linkId} is declined and answered`)
    return
  }
  if (coding === undefined) return refuse(reading, 'value', '.answer[0]', `${linkId} takes a valueCoding`)
  const { answerSystem } = reading.instrument
  if (coding.system !== answerSystem)
    return refuse(reading, 'code-invalid', '.answer[0].valueCoding.system', `${linkId} takes codes of ${answerSystem}`)
  const option = options.find(({ code }) => code === coding.code)
  if (option === undefined) return refuse(reading, 'code-invalid', '.answer[0].valueCoding.code', `${linkId} has no such option`)
  reading.options.set(linkId, option)
}

/** `asked-declined`, on the answer, on its coding, or as the coding. */
export function isDeclined({ extension, valueCoding }: QuestionnaireResponseItemAnswer): boolean {
  if (valueCoding?.system === DATA_ABSENT_SYSTEM && valueCoding.code === 'asked-declined') return true
  return saysDeclined(extension) || saysDeclined(valueCoding?.extension)
}

const saysDeclined = (extensions: readonly Extension[] | undefined): boolean =>
  extensions?.some(({ url, valueCode }) => url === DATA_ABSENT_EXTENSION && valueCode === 'asked-declined') ?? false

/** Whether an answer carries a value of whatever type. */
export const hasValue = (answer: QuestionnaireResponseItemAnswer): boolean => Object.keys(answer).some((key) => key.startsWith('value'))

function readTotal(reading: Reading, scale: Scale, answer: QuestionnaireResponseItemAnswer): void {
  const value = answer.valueInteger ?? answer.valueDecimal ?? answer.valueQuantity?.value
  if (value === undefined) return refuse(reading, 'value', '.answer[0]', `${scale.code} takes an integer, a decimal or a Quantity`)
  const [lowest, highest] = rangeOf(reading.instrument, scale)
  if (value < lowest || value > highest)
    return refuse(reading, 'value', '.answer[0]', `${scale.code} lies between ${lowest} and ${highest}`)
  reading.totals.set(scale.code, { value, expression: expressionOf(reading, '.answer[0]') })
}

function refuse(reading: Reading, code: IssueCode, path: string, diagnostics: string): void {
  reading.issues.push({ severity: 'error', code, expression: expressionOf(reading, path), diagnostics })
}
