import type { Instrument } from './instrument.ts'
import type { TextPack } from './text-pack.ts'

/** How much of an instrument a pack words. */
export interface Completeness {
  readonly items: number
  readonly ofItems: number
  readonly options: number
  readonly ofOptions: number
  /** LinkIds and option codes without wording. */
  readonly missing: readonly string[]
}

/** Counts items by linkId and options by code; a code that several items share counts once. */
export function completenessOf({ items }: Instrument, pack: Pick<TextPack, 'items' | 'options'>): Completeness {
  const linkIds = items.map(({ linkId }) => linkId)
  const codes = [...new Set(items.flatMap(({ options }) => options.map(({ code }) => code)))]
  const [unworded, unnamed] = [
    linkIds.filter((one) => !Object.hasOwn(pack.items, one)),
    codes.filter((one) => !Object.hasOwn(pack.options, one)),
  ]
  return {
    items: linkIds.length - unworded.length,
    ofItems: linkIds.length,
    options: codes.length - unnamed.length,
    ofOptions: codes.length,
    missing: [...unworded, ...unnamed],
  }
}
