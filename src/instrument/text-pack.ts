import type { Instrument, TextStatus } from './instrument.ts'

/** The wording of one instrument in one language, apart from its structure: `resources/instruments/<id>/<version>/text/<language>.json`. */
export interface TextPack {
  readonly instrument: string
  readonly version: string
  /** BCP 47, e.g. `en`, `ja`. */
  readonly language: string
  readonly status: TextStatus
  readonly wordingVersion: string
  readonly title: string
  /** Said above the first question. */
  readonly instruction?: string
  readonly copyright: string
  /** Whom the wording comes from; who compared it with what. */
  readonly source: string
  /** The owner's permission, for `licensed` packs. */
  readonly permission?: string
  /** By linkId. */
  readonly items: Readonly<Record<string, string>>
  /** By option code. */
  readonly options: Readonly<Record<string, string>>
}

/** `ja` of `ja-JP`; comparing wordings by region would split one series in two. */
export const primaryLanguage = (language: string): string => language.toLowerCase().split('-')[0]!

/** Whether two packs word the same version of an instrument in the same language. */
export const isSameWording = (one: TextPack, other: TextPack): boolean =>
  one.instrument === other.instrument && one.version === other.version && primaryLanguage(one.language) === primaryLanguage(other.language)

/** The pack of the instrument's version in this language. */
export function packFor(packs: readonly TextPack[], instrument: Instrument, language: string | undefined): TextPack | undefined {
  const wanted = language ?? instrument.assumedLanguage
  if (wanted === undefined) return undefined
  return packs.find(
    (pack) =>
      pack.instrument === instrument.id &&
      pack.version === instrument.version &&
      primaryLanguage(pack.language) === primaryLanguage(wanted),
  )
}

/** The status of the wording that a response in this language was answered in. */
export const textStatusOf = (packs: readonly TextPack[], instrument: Instrument, language: string | undefined): TextStatus =>
  packFor(packs, instrument, language)?.status ?? instrument.textStatus

const FOR_MOTHERS: readonly TextStatus[] = ['official', 'licensed', 'verified']

/** Whether wording of this status may be put before a mother: the owner's own, licensed, or compared with the print. */
export const isForMothers = (status: TextStatus): boolean => FOR_MOTHERS.includes(status)

/** The linkId of the display item that carries a pack's instruction in a Questionnaire; a response may repeat it, without an answer. */
export const instructionLinkIdOf = ({ id }: Instrument): string => `${id}-instruction`
