import type { Patient, RelatedPerson } from 'fhir/r4.js'
import type { Instrument } from '../../instrument/instrument.ts'
import { newestOf } from '../../instrument/newest.ts'
import { isForMothers, packFor, primaryLanguage, textStatusOf } from '../../instrument/text-pack.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { type AbsenceCodes, isGone, withoutLost } from '../../schedule/absence.ts'
import { dateOf, dayOf } from '../../trajectory/calendar.ts'
import { type History, type Infant, type Known, knownOf } from '../../trajectory/history.ts'
import { courseOf, timePointOf } from '../../trajectory/time-point.ts'

/** The order of the menu: the two that her course is read by, then the others. */
const FIRST = ['epds', 'mibs-j', 'phq-9', 'pbq', 'infant-temperament']
const placeOf = ({ id }: Instrument): number => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length)

/** The newest version of each instrument, in the order in which they are offered. */
export const offeredIn = ({ instruments }: Knowledge): Instrument[] =>
  newestOf(instruments).sort((one, other) => placeOf(one) - placeOf(other))

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

/** What is on record of a woman and her children, as far as it says whom forms may be about. */
export interface Family {
  readonly patient: Patient
  readonly infants: readonly RelatedPerson[]
  readonly history: History
}

/** Her children young enough for these forms who are with her, the youngest first; and whether forms about a baby may be given at all. */
export interface InfantOffer {
  readonly infants: readonly RelatedPerson[]
  readonly mayAsk: boolean
}

/**
 * Whom forms about a baby may be about today, by the rule of what is due (`isGone`): a child who is on record as deceased, whose entry is closed, or of whom the
 * site has coded a loss or placement, on Flags too, is not asked about; which of these it is is not asked here. Forms about a baby are never offered to a
 * woman of whose babies on record none is with her, nor after a coded loss where no baby is on record. No baby and no loss on record is not known.
 */
export function infantOfferOf({ patient, infants, history }: Family, codes: AbsenceCodes, today: string): InfantOffer {
  const day = dayOf(today) ?? 0
  const told = knownOf(history, { reference: `Patient/${patient.id}` }, today)
  const known = withoutLost(told, codes, today)
  const age = ({ birthDate }: Pick<Infant, 'birthDate'>): number => day - (dayOf(birthDate) ?? Number.NEGATIVE_INFINITY)
  const young = known.infants
    .filter((infant) => age(infant) >= 0 && age(infant) <= INFANT_DAYS)
    .toSorted((one, other) => age(one) - age(other))
  const withHer = young.filter((infant) => !isGone(known, codes, today, infant))
  return {
    infants: withHer.flatMap(({ keys }) => infants.find(({ id }) => keys.includes(`RelatedPerson/${id}`)) ?? []),
    mayAsk: young.length > 0 ? withHer.length > 0 : !isGone(known, codes, today, unrecorded(known, today)),
  }
}

/** The child of her present course that nobody has put on record: of the birth or the due date that is known, else of any day that a loss may lie after. */
function unrecorded(known: Known, today: string): Infant {
  const { anchor } = timePointOf(courseOf(known, today), today, today)
  return { keys: [], birthDate: anchor ?? dateOf((dayOf(today) ?? 0) - INFANT_DAYS) }
}
