import type { Language } from '../instrument/instrument.ts'

/** What a file of `resources/ui` holds: words by their key. `language.name` is how the language calls itself. */
export type WordFile = Readonly<Record<string, string>>

/**
 * The languages of the screen by their code, one for each file that lies in `resources/ui`: a further language is one more file there, named by its
 * BCP 47 code. English and Japanese are complete (a test holds them so); what another lacks is said in English.
 */
export function languagesOf(files: Readonly<Record<string, WordFile>>): ReadonlyMap<Language, WordFile> {
  const named = Object.entries(files).map(([path, words]) => [/([^/]+)\.json$/.exec(path)?.[1] ?? path, words] as const)
  const english = new Map(named).get('en') ?? {}
  // The domain writes its own words in two languages (`Language`); the screen may speak more.
  return new Map(named.map(([code, words]) => [code as Language, { ...english, ...words }]))
}

/** The same data in which words that the project writes in English and Japanese are there in every language of the screen: in English, where it has none. */
export function inEveryLanguage<T>(data: T, languages: readonly Language[]): T {
  if (Array.isArray(data)) return data.map((one: unknown) => inEveryLanguage(one, languages)) as T
  if (typeof data !== 'object' || data === null) return data
  const filled = Object.fromEntries(Object.entries(data).map(([key, value]) => [key, inEveryLanguage(value as unknown, languages)]))
  const isWords = 'en' in filled && 'ja' in filled
  return (isWords ? { ...Object.fromEntries(languages.map((language) => [language, filled.en])), ...filled } : filled) as T
}
