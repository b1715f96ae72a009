import type { HumanName, Identifier, Patient, RelatedPerson } from 'fhir/r4.js'
import type { Language } from '../instrument/instrument.ts'
import { LANGUAGES } from './words.ts'

/** Dates and numbers as they are written where the language is; of any other language as it commonly does. */
const LOCALE: Readonly<Record<Language, string>> = { en: 'en-GB', ja: 'ja-JP' }
const localeOf = (language: Language): string => LOCALE[language] ?? language

const hasTime = (dateTime: string): boolean => dateTime.includes('T')

/** A FHIR date, dateTime or instant in words; a day without an hour stays without, a year or month only stays as it is. */
export function dateText(language: Language, dateTime: string, withTime = true): string {
  if (dateTime.length < 10) return dateTime
  const isMoment = hasTime(dateTime) && withTime
  const dateStyle = language === 'ja' ? 'long' : 'medium'
  const options: Intl.DateTimeFormatOptions = isMoment ? { dateStyle, timeStyle: 'short' } : { dateStyle, timeZone: 'UTC' }
  const moment = new Date(isMoment ? dateTime : `${dateTime.slice(0, 10)}T00:00:00Z`)
  return new Intl.DateTimeFormat(localeOf(language), options).format(moment)
}

/** A day in few letters, for the head of a column. */
export function shortDateText(language: Language, dateTime: string): string {
  if (dateTime.length < 10) return dateTime
  const options: Intl.DateTimeFormatOptions =
    language === 'ja'
      ? { year: '2-digit', month: 'numeric', day: 'numeric', timeZone: 'UTC' }
      : { year: '2-digit', month: 'short', day: 'numeric', timeZone: 'UTC' }
  return new Intl.DateTimeFormat(localeOf(language), options).format(new Date(`${dateTime.slice(0, 10)}T00:00:00Z`))
}

/** Whole years of life on a day. */
export function ageOn(birthDate: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return today.slice(5, 10) < birthDate.slice(5, 10) ? years - 1 : years
}

/** At most one decimal, in the digits of the language. */
export const numberText = (language: Language, value: number): string =>
  new Intl.NumberFormat(localeOf(language), { maximumFractionDigits: 1 }).format(value)

export const listText = (language: Language, items: readonly string[]): string =>
  new Intl.ListFormat(localeOf(language), { type: language === 'ja' ? 'conjunction' : 'unit' }).format(items)

/** A language by its name in the language of the screen. */
/** What a language calls itself. */
export const ownNameOf = (code: string): string => new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code

export const languageName = (language: Language, code: string): string =>
  new Intl.DisplayNames([language], { type: 'language' }).of(code) ?? code

const writtenName = ({ text, family, given = [] }: HumanName, language: Language): string => {
  const parts = language === 'ja' ? [family, ...given] : [...given, family]
  return text ?? parts.filter((part) => part !== undefined).join(' ')
}

const RANK: Partial<Record<string, number>> = { official: 0, usual: 1 }
const rankOf = ({ use }: HumanName): number => RANK[use ?? ''] ?? 2

/** The name in use: official first, then usual, then whatever there is. */
export function nameOf({ name = [] }: Pick<Patient | RelatedPerson, 'name'>, language: Language): string {
  const [first] = name.filter(({ use }) => use !== 'old').toSorted((one, other) => rankOf(one) - rankOf(other))
  return first === undefined ? '' : writtenName(first, language)
}

/** The medical record number: the identifier typed MR, else the first. */
export function recordNumber({ identifier = [] }: Patient): string | undefined {
  const isRecordNumber = ({ type }: Identifier): boolean => type?.coding?.some(({ code }) => code === 'MR') ?? false
  return (identifier.find(isRecordNumber) ?? identifier[0])?.value
}

/** The language she speaks, where her record says and we have it. */
export const spokenLanguage = (patient: Patient): Language | undefined =>
  spokenAmong(
    patient,
    LANGUAGES.map(({ id }) => id),
  )

/** The same, of the languages given. */
export function spokenAmong<L extends string>({ communication = [] }: Patient, known: readonly L[]): L | undefined {
  const preferred = communication.find(({ preferred: isPreferred }) => isPreferred) ?? communication[0]
  const code = preferred?.language.coding?.[0]?.code?.split('-')[0]
  return known.find((one) => one === code)
}
