import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import en from '../../resources/ui/en.json' with { type: 'json' }
import type { Language } from '../instrument/instrument.ts'
import { primaryLanguage } from '../instrument/text-pack.ts'
import { languagesOf, type WordFile } from './languages.ts'

export type WordKey = keyof typeof en

const FILES = import.meta.glob<WordFile>('../../resources/ui/*.json', { eager: true, import: 'default' })
const WORDS = languagesOf(FILES)

/** The languages of the screen, each under its own name, English first. */
export const LANGUAGES: readonly { readonly id: Language; readonly name: string }[] = [...WORDS].map(([id, words]) => ({
  id,
  name: words['language.name'] ?? id,
}))

/** A word or sentence of the screen; `{name}` in it stands for a value. */
export type Say = (key: WordKey, values?: Readonly<Record<string, string | number>>) => string

export const sayIn =
  (language: Language): Say =>
  (key, values = {}) =>
    (WORDS.get(language)?.[key] ?? en[key]).replaceAll(/\{(\w+)\}/g, (_match, name: string) => String(values[name] ?? ''))

/** What every component needs to speak. */
export interface Speech {
  readonly language: Language
  readonly say: Say
}

export const SpeechContext = createContext<Speech>({ language: 'en', say: sayIn('en') })

/** The words of the language that the screen is in. */
export const useSpeech = (): Speech => useContext(SpeechContext)

/** The language of the screen around wording of any language: its own where the screen has it, else English. */
export const screenLanguageOf = (language: string): Language => {
  const primary = primaryLanguage(language)
  return isLanguage(primary) ? primary : 'en'
}

/** Whether the screen speaks a language: there is a file of its words. */
export const isLanguage = (text: string | null | undefined): text is Language => LANGUAGES.some(({ id }) => id === text)
const KEY = 'kizuna.language'

/** The language to begin with: asked for in the address, chosen before in this tab, else the first of the browser's that is known here. */
export function firstLanguage(address: URL, storage: Pick<Storage, 'getItem'>, preferred: readonly string[]): Language {
  const asked = address.searchParams.get('lang')
  if (isLanguage(asked)) return asked
  const chosen = storage.getItem(KEY)
  if (isLanguage(chosen)) return chosen
  return preferred.map((one) => one.split('-')[0]!).find((one) => isLanguage(one)) ?? 'en'
}

export const rememberLanguage = (storage: Pick<Storage, 'setItem'>, language: Language): void => storage.setItem(KEY, language)
