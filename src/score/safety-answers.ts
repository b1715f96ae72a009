import type { Instrument, Item } from '../instrument/instrument.ts'

/** Safety items by linkId, each with the highest weight answered; an item that no answer identified is absent. */
export type SafetyAnswers = ReadonlyMap<string, number>

/** Which items speak for themselves, and by which option codes: an index made once of all instruments. */
export interface SafetyIndex {
  readonly byCode: ReadonlyMap<string, { readonly linkId: string; readonly weight: number }>
  readonly byLinkId: ReadonlyMap<string, ReadonlyMap<string, number>>
}

const weightsOf = (item: Item): [string, number][] =>
  item.options.flatMap(({ code, weight }) => (weight === undefined ? [] : [[code, weight] as [string, number]]))

/** An option code identifies its item only where no other item shares it (`epds-10-a` does, `pbq-a` does not). */
export function createSafetyIndex(instruments: readonly Instrument[], safetyItems: readonly string[]): SafetyIndex {
  const items = instruments.flatMap((instrument) => instrument.items)
  const safety = items.filter(({ linkId }) => safetyItems.includes(linkId))
  const uses = (code: string) => new Set(items.filter((item) => item.options.some((o) => o.code === code)).map((i) => i.linkId)).size
  const own = safety.flatMap((item) =>
    weightsOf(item)
      .filter(([code]) => uses(code) === 1)
      .map(([code, weight]) => [code, { linkId: item.linkId, weight }] as const),
  )
  return { byCode: new Map(own), byLinkId: new Map(safety.map((item) => [item.linkId, new Map(weightsOf(item))])) }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/**
 * The safety items as answered anywhere in whatever was received, before a word of it is checked: a form that must be refused
 * may still say that a woman is in danger. An answer identifies itself by an option code of one item only, or by the item's linkId
 * with a code of its list; nesting and code system do not matter, bare integers do not count. Of several answers the highest counts.
 */
export function safetyAnswersOf(index: SafetyIndex, received: unknown): SafetyAnswers {
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

function noteAnswer(index: SafetyIndex, linkId: string | undefined, code: string, found: Map<string, number>): void {
  const note = (item: string, weight: number) => found.set(item, Math.max(weight, found.get(item) ?? 0))
  const byCode = index.byCode.get(code)
  if (byCode !== undefined) note(byCode.linkId, byCode.weight)
  const weight = linkId === undefined ? undefined : index.byLinkId.get(linkId)?.get(code)
  if (linkId !== undefined && weight !== undefined) note(linkId, weight)
}
