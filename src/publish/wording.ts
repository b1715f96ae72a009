import type { Instrument, Language, TextStatus, Words } from '../instrument/instrument.ts'
import { isForMothers, primaryLanguage, type TextPack } from '../instrument/text-pack.ts'
import type { Translated } from './translation.ts'

/** The words an artifact of one instrument is published in: one pack's, and those that stand beside it as translations. */
export interface Wording {
  readonly language: string
  readonly status: TextStatus
  /** What the Questionnaire may say of itself: it holds wording that mothers may be given. */
  readonly forMothers: boolean
  readonly copyright: string
  readonly instruction: Translated | undefined
  titled(words: Words): Translated
  item(linkId: string): Translated
  option(code: string): Translated
}

/**
 * The published wording of an instrument: a pack that may be given to mothers before one that may not, then English before the rest.
 * Beside wording for mothers only other wording for mothers stands as translation, for a form filler cannot tell captions from items.
 * A language that is asked for goes before all of that, where there is a pack of it. `undefined` without any pack: there is nothing to publish then.
 */
export function wordingOf({ id, version }: Instrument, textPacks: readonly TextPack[], language?: string): Wording | undefined {
  const isAskedFor = (pack: TextPack): boolean => language !== undefined && primaryLanguage(pack.language) === primaryLanguage(language)
  const place = (pack: TextPack): number => (isAskedFor(pack) ? -1 : rank(pack))
  const packs = textPacks.filter((pack) => pack.instrument === id && pack.version === version).toSorted((a, b) => place(a) - place(b))
  const [main, ...rest] = packs
  if (main === undefined) return undefined
  const forMothers = isForMothers(main.status)
  const others = rest.filter(({ status }) => !forMothers || isForMothers(status))
  const translated = (wordOf: (pack: TextPack) => string | undefined): Translated => ({
    text: wordOf(main) ?? '',
    others: others.flatMap((pack) => {
      const word = wordOf(pack)
      return word === undefined ? [] : [[pack.language, word] as const]
    }),
  })
  return {
    language: main.language,
    status: main.status,
    forMothers,
    copyright: main.copyright,
    instruction: main.instruction === undefined ? undefined : translated(({ instruction }) => instruction),
    titled: (words) => translated(({ language }) => inLanguage(words, language)),
    item: (linkId) => translated(({ items }) => items[linkId]),
    option: (code) => translated(({ options }) => options[code]),
  }
}

const rank = ({ status, language }: TextPack): number => (isForMothers(status) ? 0 : 2) + (primaryLanguage(language) === 'en' ? 0 : 1)

/** The project's own words in this language, or in English where it has none. */
const inLanguage = (words: Words, language: string): string => {
  const primary = primaryLanguage(language)
  return primary in words ? words[primary as Language] : words.en
}
