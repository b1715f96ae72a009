import type { Instrument, Item, TextStatus, Words } from './instrument.ts'

/** Codes of another system that name a weight; for the items given, or for all. */
export interface CodingTable {
  /** The code system; `null`: codes that come without one. */
  readonly systems: readonly (string | null)[]
  /** By code. */
  readonly weights: Readonly<Record<string, number>>
  /** Our linkIds; all items must print their options in one order, for a code means one weight. */
  readonly items?: readonly string[]
}

/** What an answer of the form may be, besides an option code of our own list. */
export interface AnswerShapes {
  /** Our option codes without a system. */
  readonly withoutSystem?: boolean
  readonly codings?: readonly CodingTable[]
  /** A weight that stands with the answer, its coding or the option in the Questionnaire. */
  readonly weights?: boolean
  /** valueInteger and valueDecimal are weights already. */
  readonly numbers?: boolean
  /** A total may be a string that reads as a number. */
  readonly totalStrings?: boolean
}

/** How a form of somebody else stands for one of our instruments: `resources/bindings/*.json`, or a site's own; checked by `checkBinding`. */
export interface Binding {
  readonly id: string
  readonly title: Words
  /** Where the form is published, and what of it was seen. */
  readonly source: string
  readonly instrument: string
  readonly version: string
  /** Canonicals of the form, without version. */
  readonly canonicals: readonly string[]
  /** Versions that it holds for; absent: every version, and none. */
  readonly versions?: readonly string[]
  /** Recognised under any canonical, where every scored item is found by its code in the Questionnaire, or by a linkId of `items` in the response. */
  readonly recognisedBy?: readonly ('item-codes' | 'link-ids')[]
  /** The language of the form, where a response names none. */
  readonly language?: string
  /** The status of its wording; absent: ours where that is official, else unverified. */
  readonly textStatus?: TextStatus
  /** By our linkId: the linkIds it has there. */
  readonly items: Readonly<Record<string, readonly string[]>>
  /** By our linkId: its codes there, as `system|code`; an item's LOINC code counts by itself. */
  readonly itemCodes?: Readonly<Record<string, readonly string[]>>
  /** By score code: the linkIds of totals that come along. */
  readonly totals?: Readonly<Record<string, readonly string[]>>
  /** LinkIds of other questions of the form. */
  readonly passedOver?: readonly string[]
  readonly answers: AnswerShapes
}

/** The weights of an item in printed order; items that print them alike may share a list of codes. */
export const printedWeights = ({ options }: Item): string => options.map(({ weight }) => weight ?? '-').join(' ')

/** The items whose answers are summed. */
export const scoredItemsOf = ({ items }: Instrument): readonly Item[] => items.filter(({ scored }) => scored !== false)
