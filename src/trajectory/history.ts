import type { FhirResource, Observation, Patient, QuestionnaireResponse, Reference, RelatedPerson, RiskAssessment } from 'fhir/r4.js'
import { LOINC } from '../instrument/instrument.ts'
import { sameTarget } from '../score/reference.ts'

/** What is known of one woman before the response at hand: resources as a FHIR server gives them, in any order. */
export type History = readonly FhirResource[]

export const DELIVERY = '93857-1'
export const DUE_DATE = '11778-8'

/** A child of hers, as far as it dates her course. */
export interface Infant {
  readonly key: string
  readonly birthDate: string
}

/** Her history sorted into what each later step reads. */
export interface Known {
  readonly observations: readonly Observation[]
  readonly responses: readonly QuestionnaireResponse[]
  readonly assessments: readonly RiskAssessment[]
  readonly infants: readonly Infant[]
  readonly deliveries: readonly string[]
  readonly dueDates: readonly string[]
}

const hasLoinc = ({ code }: Observation, loinc: string): boolean =>
  code.coding?.some((c) => c.system === LOINC && c.code === loinc) ?? false

/** An Observation that was made and not taken back; drafts and errors date nothing. */
export const counts = ({ status }: Observation): boolean => !['preliminary', 'entered-in-error', 'cancelled'].includes(status)

/** Years a child may be older than the response and still be an infant of this course, not the mother herself. */
const CHILD_YEARS = 10

const isChildAt = (birthDate: string | undefined, authored: string): birthDate is string =>
  birthDate !== undefined &&
  Number(authored.slice(0, 4)) - Number(birthDate.slice(0, 4)) <= CHILD_YEARS &&
  !olderThanTenYears(birthDate, authored)

const olderThanTenYears = (birthDate: string, authored: string): boolean => {
  const tenth = `${Number(birthDate.slice(0, 4)) + CHILD_YEARS}${birthDate.slice(4)}`
  return tenth <= authored.slice(0, tenth.length)
}

const infantOfResource = (resource: Patient | RelatedPerson): Infant => ({
  key: `${resource.resourceType}/${resource.id}`,
  birthDate: resource.birthDate!,
})

const NOTHING_KNOWN: Known = { observations: [], responses: [], assessments: [], infants: [], deliveries: [], dueDates: [] }

/** Sorts a history; lines of other types and of other subjects are passed over. Infants: RelatedPersons of hers, Patients under ten. */
export function knownOf(history: History, subject: Reference, authored: string): Known {
  if (history.length === 0) return NOTHING_KNOWN
  const hers = (resource: { subject?: Reference | undefined }) => sameTarget(resource.subject, subject)
  const observations = history.filter((r): r is Observation => r.resourceType === 'Observation' && hers(r))
  const dates = (loinc: string) =>
    observations.filter((o) => counts(o) && hasLoinc(o, loinc)).flatMap(({ valueDateTime }) => valueDateTime ?? [])
  const persons = history.filter(
    (r): r is Patient | RelatedPerson =>
      r.resourceType === 'Patient' || (r.resourceType === 'RelatedPerson' && sameTarget(r.patient, subject)),
  )
  return {
    observations,
    responses: history.filter((r): r is QuestionnaireResponse => r.resourceType === 'QuestionnaireResponse' && hers(r)),
    assessments: history.filter((r): r is RiskAssessment => r.resourceType === 'RiskAssessment' && hers(r)),
    infants: persons.filter((r) => isChildAt(r.birthDate, authored)).map(infantOfResource),
    deliveries: dates(DELIVERY),
    dueDates: dates(DUE_DATE),
  }
}
