import type { QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
import type { Binding } from '../instrument/binding.ts'
import type { Instrument, Item } from '../instrument/instrument.ts'
import { type OutsideForm, type Recognised, type Recognition, recognise } from './recognise.ts'
import { weightsGiven } from './weight.ts'

/** Safety items by linkId, each with the highest weight answered; an item that no answer identified is absent. */
export type SafetyAnswers = ReadonlyMap<string, number>

type Weights = ReadonlyMap<string, number>

/** Which items speak for themselves, and by which option codes: an index made once of all instruments and bindings. */
export interface SafetyIndex {
  readonly items: ReadonlySet<string>
  readonly byCode: ReadonlyMap<string, { readonly linkId: string; readonly weight: number }>
  /** By a linkId of ours or of a binding: the item it is, and the weights of its codes. */
  readonly byLinkId: ReadonlyMap<string, { readonly linkId: string; readonly weights: Weights }>
}

/** What reading safety answers needs to know. */
export interface SafetyKnowledge extends Recognition {
  readonly safetyIndex: SafetyIndex
}

const weightsOf = (item: Item): [string, number][] =>
  item.options.flatMap(({ code, weight }) => (weight === undefined ? [] : [[code, weight] as [string, number]]))

/** An option code identifies its item only where no other item shares it (`epds-10-a` does, `pbq-a` does not). */
export function createSafetyIndex(
  instruments: readonly Instrument[],
  safetyItems: readonly string[],
  bindings: readonly Binding[] = [],
): SafetyIndex {
  const items = instruments.flatMap((instrument) => instrument.items)
  const safety = items.filter(({ linkId }) => safetyItems.includes(linkId))
  const uses = (code: string) => new Set(items.filter((item) => item.options.some((o) => o.code === code)).map((i) => i.linkId)).size
  const own = safety.flatMap((item) =>
    weightsOf(item)
      .filter(([code]) => uses(code) === 1)
      .map(([code, weight]) => [code, { linkId: item.linkId, weight }] as const),
  )
  const named = safety.map((item) => [item.linkId, { linkId: item.linkId, weights: new Map(weightsOf(item)) }] as const)
  const bound = bindings.flatMap((binding) => safety.flatMap((item) => namedBy(binding, item)))
  return { items: new Set(safetyItems), byCode: new Map(own), byLinkId: new Map([...bound, ...named]) }
}

/** The linkIds under which a binding has an item, with our codes and those that it translates. */
function namedBy({ items, answers }: Binding, item: Item) {
  const tables = (answers.codings ?? []).filter((table) => table.items?.includes(item.linkId) ?? true)
  const weights = new Map([...tables.flatMap((table) => Object.entries(table.weights)), ...weightsOf(item)])
  return (items[item.linkId] ?? []).map((linkId) => [linkId, { linkId: item.linkId, weights }] as const)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/**
 * The safety items as answered anywhere in whatever was received, before a word of it is checked: a form that must be refused
 * may still say that a woman is in danger. An answer identifies itself by an option code of one item only, or by the item's linkId
 * with a code of its list; nesting and code system do not matter, bare integers do not count. In a form that a binding knows, its weights and numbers count as
 * the binding says, a number over the highest as the highest. Of several answers the highest counts.
 */
export function safetyAnswersOf(
  knowledge: SafetyKnowledge,
  received: unknown,
  recognised: Recognised = recognise(knowledge, received),
): SafetyAnswers {
  const index = knowledge.safetyIndex
  const outside = 'outside' in recognised ? recognised.outside : undefined
  const found = new Map<string, number>()
  const deeper: Place[] = [{ value: received, linkId: undefined, inAnswer: false }]
  for (let place = deeper.pop(); place !== undefined; place = deeper.pop()) look(place.value, place.linkId, place.inAnswer, 0)
  return found

  function look(value: unknown, linkId: string | undefined, inAnswer: boolean, depth: number): void {
    if (!isObject(value)) return
    if (depth > DEEPEST_AT_ONCE) {
      deeper.push({ value, linkId, inAnswer })
      return
    }
    const own = typeof value.linkId === 'string' ? value.linkId : linkId
    if (inAnswer && typeof value.code === 'string') noteAnswer(index, own, value.code, found)
    if (inAnswer && outside !== undefined && own !== undefined) noteOutside(index, outside, own, value, found)
    if (Array.isArray(value)) {
      for (let at = 0; at < value.length; at++) look(value[at], own, inAnswer, depth + 1)
      return
    }
    for (const key in value) look(value[key], key === 'item' ? undefined : own, key === 'answer' || (inAnswer && key !== 'item'), depth + 1)
  }
}

/** Nesting of any depth is walked; what lies deeper than this is set aside, so that it cannot reach the end of the stack. */
const DEEPEST_AT_ONCE = 60

interface Place {
  readonly value: unknown
  readonly linkId: string | undefined
  readonly inAnswer: boolean
}

const note = (found: Map<string, number>, item: string, weight: number) => found.set(item, Math.max(weight, found.get(item) ?? 0))

function noteAnswer(index: SafetyIndex, linkId: string | undefined, code: string, found: Map<string, number>): void {
  const byCode = index.byCode.get(code)
  if (byCode !== undefined) note(found, byCode.linkId, byCode.weight)
  const named = linkId === undefined ? undefined : index.byLinkId.get(linkId)
  const weight = named?.weights.get(code)
  if (named !== undefined && weight !== undefined) note(found, named.linkId, weight)
}

/** What an answer of a known form says by code, by a weight that stands with it, or by a number, as its binding allows. */
function noteOutside(
  { items }: SafetyIndex,
  { form, itemOf, optionOf, binding: { answers } }: OutsideForm,
  linkId: string,
  answer: Readonly<Record<string, unknown>>,
  found: Map<string, number>,
): void {
  const item = itemOf(linkId)
  if (item === undefined || !items.has(item.linkId)) return
  const coded = isObject(answer.valueCoding) ? optionOf(item, answer as QuestionnaireResponseItemAnswer)?.weight : undefined
  const numbers = answers.numbers === true ? [answer.valueInteger, answer.valueDecimal] : []
  const weights = answers.weights === true ? weightsGiven(form, linkId, answer as QuestionnaireResponseItemAnswer) : []
  const highest = Math.max(...item.options.map(({ weight }) => weight ?? 0))
  for (const weight of [coded, ...numbers, ...weights])
    if (typeof weight === 'number' && weight >= 0) note(found, item.linkId, Math.min(weight, highest))
}
