/** Where every name of this project lives: canonical base of its artifacts, code systems, extensions and identifiers. */
export const BASE = 'https://w3id.org/kizuna/fhir'
export const LOINC = 'http://loinc.org'

/** A word or sentence in the languages that the project itself writes. */
export interface Words {
  readonly en: string
  readonly ja: string
}
export type Language = keyof Words

/** One printed choice of an item. The weight belongs to this option of this item, never to its place or its code elsewhere. */
export interface AnswerOption {
  readonly code: string
  /** The SDC item weight; absent where the item is not scored. */
  readonly weight?: number
}

/** One question; its options stand in printed order. */
export interface Item {
  readonly linkId: string
  readonly loinc?: string
  /** `false`: asked, kept, never summed. */
  readonly scored?: boolean
  readonly options: readonly AnswerOption[]
}

/** A lower bound on a score, with the study that gave it. Holds only on the postpartum days given, where any are. */
export interface CutOff {
  readonly id: string
  readonly value: number
  readonly source: string
  readonly sensitivity?: number
  readonly specificity?: number
  readonly days?: readonly [number, number]
  /** Of a cut-off that a site has validated: which one it replaces, for which wording and phase (absent: any). */
  readonly inPlaceOf?: {
    /** A cut-off id, or `threshold`: whatever the policy in use names. */
    readonly name: string
    /** Of the instrument. */
    readonly version: string
    readonly language: string
    readonly phase?: 'pregnancy' | 'postpartum'
  }
}

/** A total or a subscale: the sum of the weights of its items. */
export interface Scale {
  readonly code: string
  readonly title: Words
  readonly loinc?: string
  /** The linkId under which a form may carry this total, besides `code`. */
  readonly totalLinkId?: string
  readonly items: readonly string[]
  /** The cut-off that `interpretation` and `referenceRange` use: an id of `cutOffs`, or the site's policy. Absent: none holds. */
  readonly interpretedBy?: string
  readonly cutOffs: readonly CutOff[]
  /** The smallest change that is more than the error of the scale; only where a study gives it. */
  readonly reliableChange?: { readonly value: number; readonly source: string }
}

/** Whether wording may be given to mothers; see `TextPack`. */
export type TextStatus = 'official' | 'licensed' | 'verified' | 'unverified' | 'caption'

/** What `resources/instruments/<id>/<version>/instrument.json` holds; checked by `checkInstrument`. */
export interface Instrument {
  readonly id: string
  readonly version: string
  readonly title: Words
  readonly shortTitle: Words
  readonly citation: string
  readonly copyright: string
  /** ISO 8601 duration that the questions look back over. */
  readonly recall?: string
  /** The status of a response's wording when no text pack of its language is installed. */
  readonly textStatus: TextStatus
  /** The language a response without `language` is taken to be in, for its text status only. */
  readonly assumedLanguage?: string
  /** The answers concern one infant: scores of two infants are never compared. */
  readonly aboutInfant?: boolean
  readonly answerSystem: string
  /** LOINC code of the panel. */
  readonly loinc?: string
  readonly items: readonly Item[]
  readonly scales: readonly Scale[]
}

export const canonicalOf = ({ id, version }: Instrument): string => `${BASE}/Questionnaire/${id}|${version}`

/** The weights an item may give, lowest and highest; an unscored item has none. */
export function weightRangeOf(item: Item): readonly [number, number] | undefined {
  const weights = item.options.flatMap(({ weight }) => (weight === undefined ? [] : [weight]))
  return weights.length === 0 ? undefined : [Math.min(...weights), Math.max(...weights)]
}

/** The lowest and the highest sum a scale can have. */
export function rangeOf(instrument: Instrument, scale: Scale): readonly [number, number] {
  const ranges = instrument.items.filter(({ linkId }) => scale.items.includes(linkId)).map((item) => weightRangeOf(item) ?? [0, 0])
  return [ranges.reduce((sum, [low]) => sum + low, 0), ranges.reduce((sum, [, high]) => sum + high, 0)]
}
