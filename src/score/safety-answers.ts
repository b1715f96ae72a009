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
  const pending: Place[] = []
  pushChild(pending, { value: { received }, linkId: undefined, inAnswer: false }, 'received')
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    if (place.inAnswer) noteAnswer(index, place, found)
    for (const key in place.value as object) pushChild(pending, place, key)
  }
  return found
}

/** An object or array somewhere in what was received, and the item it belongs to. */
interface Place {
  readonly value: unknown
  readonly linkId: string | undefined
  readonly inAnswer: boolean
}

/** Only objects and arrays go onto the stack: most of a form is strings. */
function pushChild(pending: Place[], { value, linkId, inAnswer }: Place, key: string): void {
  const child = (value as Record<string, unknown>)[key]
  if (!isObject(child)) return
  const own = typeof child.linkId === 'string' ? child.linkId : key === 'item' ? undefined : linkId
  pending.push({ value: child, linkId: own, inAnswer: key === 'answer' || (inAnswer && key !== 'item') })
}

function noteAnswer(index: SafetyIndex, { value, linkId }: Place, found: Map<string, number>): void {
  const { code } = value as { code?: unknown }
  if (typeof code !== 'string') return
  const note = (item: string, weight: number) => found.set(item, Math.max(weight, found.get(item) ?? 0))
  const byCode = index.byCode.get(code)
  if (byCode !== undefined) note(byCode.linkId, byCode.weight)
  const weight = linkId === undefined ? undefined : index.byLinkId.get(linkId)?.get(code)
  if (linkId !== undefined && weight !== undefined) note(linkId, weight)
}
