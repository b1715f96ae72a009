import type { RelatedPerson } from 'fhir/r4.js'
import type { Instrument } from '../../instrument/instrument.ts'
import { isForMothers, packFor, primaryLanguage, textStatusOf } from '../../instrument/text-pack.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { dayOf } from '../../trajectory/calendar.ts'

/** The order of the menu: the two that her course is read by, then the others. */
const FIRST = ['epds', 'mibs-j', 'phq-9', 'pbq', 'infant-temperament']
const placeOf = ({ id }: Instrument): number => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length)

/** The newest version of each instrument, in the order in which they are offered. */
export const offeredIn = ({ instruments }: Knowledge): Instrument[] =>
  [...new Map(instruments.map((one) => [one.id, one])).values()].sort((one, other) => placeOf(one) - placeOf(other))

/** The languages that anything is worded in, the screen's own first. */
export const wordedIn = ({ textPacks }: Knowledge): string[] => [
  ...new Set(['en', 'ja', ...textPacks.map(({ language }) => primaryLanguage(language)).sort()]),
]

/** Whether a mother may be given this instrument in this language: official, licensed or verified wording; anything in the sandbox. */
export function mayHandOver({ textPacks }: Knowledge, instrument: Instrument, language: string, sandbox: boolean): boolean {
  if (packFor(textPacks, instrument, language) === undefined) return false
  return sandbox || isForMothers(textStatusOf(textPacks, instrument, language))
}

/** Whether the wording shown is not the instrument's own and must say so across the page. */
export const isSpecimen = ({ textPacks }: Knowledge, instrument: Instrument, language: string): boolean =>
  !isForMothers(textStatusOf(textPacks, instrument, language))

/** The study followed mothers to 18 months; a child older than that is not whom these forms ask about. */
const INFANT_DAYS = 550

/** Her children young enough for these forms, the youngest first; those who died, were lost or live elsewhere too. */
function youngOn(persons: readonly RelatedPerson[], today: string): RelatedPerson[] {
  const age = ({ birthDate }: RelatedPerson): number => (dayOf(today) ?? 0) - (dayOf(birthDate ?? '') ?? Number.NEGATIVE_INFINITY)
  return persons.filter((person) => age(person) >= 0 && age(person) <= INFANT_DAYS).sort((one, other) => age(one) - age(other))
}

/** A child whose entry is not active or has ended is not with her: died, lost or placed; which of these is not asked here. */
const isWithHer = ({ active, period }: RelatedPerson, today: string): boolean =>
  active !== false && (period?.end === undefined || period.end.slice(0, 10) > today)

/** The infants that forms may be about today. */
export const infantsOn = (persons: readonly RelatedPerson[], today: string): RelatedPerson[] =>
  youngOn(persons, today).filter((person) => isWithHer(person, today))

/** Whether forms about a baby may be offered: never to a woman of whose babies on record none is with her. No baby on record is not known. */
export const mayAskAboutInfant = (persons: readonly RelatedPerson[], today: string): boolean =>
  youngOn(persons, today).length === 0 || infantsOn(persons, today).length > 0
