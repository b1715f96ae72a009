import type { QuestionnaireResponse, QuestionnaireResponseItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
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
}

/**
 * Reads the answers of a structurally valid response. A weight belongs to the option of its item: codes are looked up in that item alone.
 * Refuses an unknown linkId, option or system (`code-invalid`), an item or answer given twice (`duplicate`), items within items (`structure`),
 * and anything but a coding where a coding is due (`value`). All faults are listed, not just the first. The form's instruction, echoed by some fillers, is passed over.
 */
export function readAnswers(instrument: Instrument, response: QuestionnaireResponse): Answers {
  const reading: Reading = { instrument, options: new Map(), totals: new Map(), seen: new Set(), issues: [] }
  for (const [index, item] of (response.item ?? []).entries()) readItem(reading, item, `QuestionnaireResponse.item[${index}]`)
  return reading
}

function readItem(reading: Reading, given: QuestionnaireResponseItem, expression: string): void {
  const { instrument, seen } = reading
  if (given.linkId === instructionLinkIdOf(instrument) && given.answer === undefined && given.item === undefined) return
  const item = instrument.items.find(({ linkId }) => linkId === given.linkId)
  const scale = item === undefined ? scaleOfTotal(instrument, given.linkId) : undefined
  if (item === undefined && scale === undefined)
    return refuse(reading, 'code-invalid', `${expression}.linkId`, `${instrument.id} has no such linkId`)
  if (seen.has(given.linkId)) return refuse(reading, 'duplicate', expression, `${given.linkId} stands twice`)
  seen.add(given.linkId)
  if (given.item !== undefined) return refuse(reading, 'structure', `${expression}.item`, `${given.linkId} has no items within`)
  const [answer, second] = given.answer ?? []
  if (second !== undefined) return refuse(reading, 'duplicate', `${expression}.answer`, `${given.linkId} has two answers`)
  if (answer === undefined) return
  if (answer.item !== undefined) return refuse(reading, 'structure', `${expression}.answer[0].item`, `${given.linkId} has no items within`)
  if (item !== undefined) readOption(reading, item, answer, `${expression}.answer[0]`)
  if (scale !== undefined) readTotal(reading, scale, answer, `${expression}.answer[0]`)
}

const scaleOfTotal = ({ scales }: Instrument, linkId: string): Scale | undefined =>
  scales.find(({ code, totalLinkId }) => code === linkId || totalLinkId === linkId)

function readOption(reading: Reading, item: Item, answer: QuestionnaireResponseItemAnswer, expression: string): void {
  const { linkId, options } = item
  const coding = answer.valueCoding
  if (isDeclined(answer)) {
    const contradicts = options.some(({ code }) => code === coding?.code)
    if (contradicts || (coding === undefined && hasValue(answer)))
      refuse(reading, 'value', expression, `${linkId} is declined and answered`)
    return
  }
  if (coding === undefined) return refuse(reading, 'value', expression, `${linkId} takes a valueCoding`)
  if (coding.system !== reading.instrument.answerSystem) {
    return refuse(
      reading,
      'code-invalid',
      `${expression}.valueCoding.system`,
      `${linkId} takes codes of ${reading.instrument.answerSystem}`,
    )
  }
  const option = options.find(({ code }) => code === coding.code)
  if (option === undefined) return refuse(reading, 'code-invalid', `${expression}.valueCoding.code`, `${linkId} has no such option`)
  reading.options.set(linkId, option)
}

/** `asked-declined`, on the answer, on its coding, or as the coding. */
function isDeclined({ extension, valueCoding }: QuestionnaireResponseItemAnswer): boolean {
  if (valueCoding?.system === DATA_ABSENT_SYSTEM && valueCoding.code === 'asked-declined') return true
  return [...(extension ?? []), ...(valueCoding?.extension ?? [])].some(
    ({ url, valueCode }) => url === DATA_ABSENT_EXTENSION && valueCode === 'asked-declined',
  )
}

const hasValue = (answer: QuestionnaireResponseItemAnswer): boolean => Object.keys(answer).some((key) => key.startsWith('value'))

function readTotal(reading: Reading, scale: Scale, answer: QuestionnaireResponseItemAnswer, expression: string): void {
  const value = answer.valueInteger ?? answer.valueDecimal ?? answer.valueQuantity?.value
  if (value === undefined) return refuse(reading, 'value', expression, `${scale.code} takes an integer, a decimal or a Quantity`)
  const [lowest, highest] = rangeOf(reading.instrument, scale)
  if (value < lowest || value > highest) return refuse(reading, 'value', expression, `${scale.code} lies between ${lowest} and ${highest}`)
  reading.totals.set(scale.code, { value, expression })
}

function refuse({ issues }: Reading, code: IssueCode, expression: string, diagnostics: string): void {
  issues.push({ severity: 'error', code, expression, diagnostics })
}
