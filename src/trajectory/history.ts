import type {
  FhirResource,
  Flag,
  Observation,
  Patient,
  QuestionnaireResponse,
  Reference,
  RelatedPerson,
  RiskAssessment,
  Task,
} from 'fhir/r4.js'
import { LOINC } from '../instrument/instrument.ts'
import { referenceKey, sameTarget } from '../score/reference.ts'

/** What is known of one woman before the response at hand: resources as a FHIR server gives them, in any order. */
export type History = readonly FhirResource[]

/** LOINC: date and time of the delivery, and the date on which it is expected. */
export const DELIVERY = '93857-1'
export const DUE_DATE = '11778-8'

/** A child of hers, as far as it dates her course and may be asked about. */
export interface Infant {
  /** What names it: its RelatedPerson, its Patient, or both where a link joins the two. */
  readonly keys: readonly string[]
  readonly birthDate: string
  /** Deceased, lost or no longer with her; `since` where that is said. */
  readonly gone?: { readonly since?: string }
}

/** Her history sorted into what each later step reads. */
export interface Known {
  readonly observations: readonly Observation[]
  readonly responses: readonly QuestionnaireResponse[]
  readonly assessments: readonly RiskAssessment[]
  readonly infants: readonly Infant[]
  readonly deliveries: readonly string[]
  readonly dueDates: readonly string[]
  /** About her or about a child of hers. */
  readonly flags: readonly Flag[]
  readonly tasks: readonly Task[]
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

type Person = Patient | RelatedPerson

const keyOf = ({ resourceType, id }: Person): string => `${resourceType}/${id}`

/** A RelatedPerson that was closed, or whose period is over, is not with her any more; why, it does not say. */
function goneOf(person: Person): Infant['gone'] {
  if (person.resourceType === 'RelatedPerson') {
    const since = person.period?.end
    if (since !== undefined) return { since }
    return person.active === false ? {} : undefined
  }
  if (person.deceasedDateTime !== undefined) return { since: person.deceasedDateTime }
  return person.deceasedBoolean === true ? {} : undefined
}

/** One child may be on record twice, as her RelatedPerson and as a Patient that links to it. */
function infantsOf(persons: readonly Person[]): Infant[] {
  const linked = new Map(
    persons.flatMap((one) =>
      one.resourceType === 'Patient' ? (one.link ?? []).flatMap(({ other }) => [[referenceKey(other), keyOf(one)] as const]) : [],
    ),
  )
  const children = Map.groupBy(persons, (one) => linked.get(keyOf(one)) ?? keyOf(one))
  return [...children.values()].map((same) => {
    const gone = same.map(goneOf).find((one) => one !== undefined)
    return { keys: same.map(keyOf), birthDate: same[0]!.birthDate!, ...(gone && { gone }) }
  })
}

/** Of several versions of one resource the newest: what was amended or entered in error since does not count as it was. */
function newestOf(observations: readonly Observation[]): Observation[] {
  const newest = new Map<string | Observation, Observation>()
  for (const one of observations) {
    const before = one.id === undefined ? undefined : newest.get(one.id)
    if (before === undefined || !isOlder(one, before)) newest.set(one.id ?? one, one)
  }
  return newest.size === observations.length ? [...observations] : [...newest.values()]
}

/** By the server's own clock; where it told none, the later line is the newer. */
const isOlder = ({ meta }: Observation, other: Observation): boolean =>
  meta?.lastUpdated !== undefined &&
  other.meta?.lastUpdated !== undefined &&
  Date.parse(meta.lastUpdated) < Date.parse(other.meta.lastUpdated)

const NOTHING_KNOWN: Known = {
  observations: [],
  responses: [],
  assessments: [],
  infants: [],
  deliveries: [],
  dueDates: [],
  flags: [],
  tasks: [],
}

/** By type and id: whatever order a server gives them in, two things of one moment are read in the same. */
const inOneOrder = (history: History): FhirResource[] =>
  history
    .map((one) => [`${one.resourceType}/${one.id ?? `~${JSON.stringify(one)}`}`, one] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([, one]) => one)

/**
 * Sorts a history; lines of other types and of other subjects are passed over. Infants: RelatedPersons of hers, Patients under ten. The order of the lines does
 * not matter, except that of two under one id the later counts.
 */
export function knownOf(given: History, subject: Reference, authored: string): Known {
  if (given.length === 0) return NOTHING_KNOWN
  const history = inOneOrder(given)
  const hers = (resource: { subject?: Reference | undefined }) => sameTarget(resource.subject, subject)
  const observations = newestOf(history.filter((r): r is Observation => r.resourceType === 'Observation' && hers(r)))
  const dates = (loinc: string) =>
    observations.filter((o) => counts(o) && hasLoinc(o, loinc)).flatMap(({ valueDateTime }) => valueDateTime ?? [])
  const persons = history.filter(
    (r): r is Person => r.resourceType === 'Patient' || (r.resourceType === 'RelatedPerson' && sameTarget(r.patient, subject)),
  )
  const infants = infantsOf(persons.filter((r) => isChildAt(r.birthDate, authored)))
  const children = new Set(infants.flatMap(({ keys }) => keys))
  return {
    observations,
    responses: history.filter((r): r is QuestionnaireResponse => r.resourceType === 'QuestionnaireResponse' && hers(r)),
    assessments: history.filter((r): r is RiskAssessment => r.resourceType === 'RiskAssessment' && hers(r)),
    infants,
    deliveries: dates(DELIVERY),
    dueDates: dates(DUE_DATE),
    tasks: history.filter((r): r is Task => r.resourceType === 'Task' && sameTarget(r.for, subject)),
    flags: history.filter((r): r is Flag => r.resourceType === 'Flag' && (hers(r) || children.has(referenceKey(r.subject) ?? ''))),
  }
}

/** Whether two references name one child, by whichever of its records; an absent infant equals only an absent one. */
export function sameInfant({ infants }: Pick<Known, 'infants'>, one: Reference | undefined, other: Reference | undefined): boolean {
  if (sameTarget(one, other)) return true
  const [key, otherKey] = [referenceKey(one), referenceKey(other)]
  return key !== undefined && otherKey !== undefined && infants.some(({ keys }) => keys.includes(key) && keys.includes(otherKey))
}
