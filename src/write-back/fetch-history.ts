import type { FhirResource, Flag, Observation, Patient, PatientLink, QuestionnaireResponse, RelatedPerson } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { BASE, LOINC } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { referenceKey } from '../score/reference.ts'
import { SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import { DELIVERY, DUE_DATE, type History } from '../trajectory/history.ts'

const CONTEXT_INSTRUMENT = 'infant-temperament'

/** Whose history: the mother (`Patient/<id>`), and the infant that a response names. */
export interface Whose {
  readonly subject: string
  readonly infant?: string
}

/**
 * What a server knows of one woman that an assessment reads: score Observations (ours, and totals of others by LOINC), births and due dates, her
 * infants, temperament reports, and her own Patient, which shows when a form was stored under the infant. What the caller may not read is left out: the assessment then says what is unknown.
 */
export async function fetchHistory(server: FhirServer, knowledge: Knowledge, { subject, infant }: Whose): Promise<History> {
  const [observations, persons, reports, flags, ...patients] = await Promise.all([
    server.searchAll<Observation>('Observation', { subject, code: observationCodes(knowledge).join(',') }),
    whereAllowed(server.searchAll<RelatedPerson>('RelatedPerson', { patient: subject })),
    whereAllowed(
      server.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject, questionnaire: contextCanonicals(knowledge) }),
    ),
    fetchFlags(server, knowledge, subject),
    whereAllowed(fetchPerson(server, subject)),
    infant === undefined ? [] : whereAllowed(fetchPerson(server, infant)),
  ])
  const joined = await fetchJoined(server, subject, persons, patients.flat())
  return [...observations, ...persons, ...reports, ...flags, ...withoutDoubles([...patients.flat(), ...joined])]
}

/**
 * Her infants' own records, however they are joined with hers: they link to her or to their entry on her record, or hers links to the entry that names her on theirs
 * (RelatedPerson.patient the infant).
 */
async function fetchJoined(
  server: FhirServer,
  subject: string,
  persons: readonly RelatedPerson[],
  patients: readonly FhirResource[],
): Promise<FhirResource[]> {
  if (!subject.startsWith('Patient/')) return []
  const herself = patients.find((one): one is Patient => one.resourceType === 'Patient' && isAt(one, subject))
  const others = herself === undefined ? [] : linkedTo(herself)
  const [linking, ...named] = await Promise.all([
    fetchLinking(server, [
      subject,
      ...persons.flatMap(({ id }: { readonly id?: unknown }) => (typeof id === 'string' ? `RelatedPerson/${id}` : [])),
    ]),
    ...others.map((other) => whereAllowed(fetchNamed(server, other))),
  ])
  return [...linking, ...named.flat()]
}

/** Whether it stands there; an id need be no text before somebody has checked it. */
const isAt = ({ resourceType, id }: { readonly resourceType: string; readonly id?: unknown }, address: string): boolean =>
  typeof id === 'string' && `${resourceType}/${id}` === address

/** Whom a record says it is linked to; nobody has checked what it says. */
const linkedTo = ({ link }: { readonly link?: unknown }): string[] =>
  Array.isArray(link) ? link.flatMap((one: Partial<PatientLink> | null) => referenceKey(one?.other) ?? []) : []

/** More children than any mother has: a server that passes over the parameter would give all of its Patients. */
const MOST_LINKING = 20
const UNHELPFUL = ['forbidden', 'not-found', 'not-supported', 'processing']

/** The Patients that link to one of these. Not every server can search so; what it gives is looked at, and without it the rest stands. */
async function fetchLinking(server: FhirServer, keys: readonly string[]): Promise<Patient[]> {
  const found: Patient[] = []
  try {
    for await (const one of server.search<Patient>('Patient', { link: keys.join(',') })) {
      if (linkedTo(one).some((key) => keys.includes(key))) found.push(one)
      else if (found.length === 0) break
      if (found.length >= MOST_LINKING) break
    }
  } catch (error) {
    if (!(error instanceof AssessmentError) || !UNHELPFUL.includes(error.code)) throw error
  }
  return found
}

/** A linked Patient, or the Patient on whose record a linked RelatedPerson stands. */
async function fetchNamed(server: FhirServer, reference: string): Promise<FhirResource[]> {
  const [found] = await fetchPerson(server, reference)
  if (found?.resourceType !== 'RelatedPerson') return found === undefined ? [] : [found]
  return await fetchPerson(server, referenceKey(found.patient) ?? '')
}

const withoutDoubles = (found: readonly FhirResource[]): FhirResource[] => [
  ...new Map(found.map((one) => [JSON.stringify([one.resourceType, one.id]), one])).values(),
]

/** Flags on her record, where the site records a lost child so; a server that holds none has none. */
async function fetchFlags(server: FhirServer, { site }: Knowledge, subject: string): Promise<Flag[]> {
  if (site.noInfantCodes === undefined || site.noInfantCodes.length === 0) return []
  try {
    return await server.searchAll<Flag>('Flag', { subject })
  } catch (error) {
    if (error instanceof AssessmentError && UNHELPFUL.includes(error.code)) return []
    throw error
  }
}

/** What the site has coded of a lost or placed child, and no answer or score of hers: nothing where the site has no such codes. */
export async function fetchAbsences(server: FhirServer, knowledge: Knowledge, subject: string): Promise<(Flag | Observation)[]> {
  const codes = absenceTokens(knowledge)
  if (codes.length === 0) return []
  const [observations, flags] = await Promise.all([
    whereAllowed(server.searchAll<Observation>('Observation', { subject, code: codes.join(',') })),
    fetchFlags(server, knowledge, subject),
  ])
  return [...observations, ...flags]
}

const absenceTokens = ({ site }: Knowledge): string[] => (site.noInfantCodes ?? []).map(({ system, code }) => `${system}|${code}`)

/** Our score codes, the LOINC codes of totals and panels, delivery and due date, and the site's own of a lost or placed child. */
export function observationCodes(knowledge: Knowledge): string[] {
  const { instruments } = knowledge
  const own = instruments.flatMap(({ scales }) => scales.map(({ code }) => `${SCORE_SYSTEM}|${code}`))
  const loinc = instruments
    .flatMap(({ loinc: panel, scales }) => [panel, ...scales.map((scale) => scale.loinc)])
    .filter((code) => code !== undefined)
  return [...new Set([...own, ...[...loinc, DELIVERY, DUE_DATE].map((code) => `${LOINC}|${code}`), ...absenceTokens(knowledge)])]
}

const contextCanonicals = ({ instruments }: Knowledge): string =>
  instruments
    .filter(({ id }) => id === CONTEXT_INSTRUMENT)
    .map(({ id, version }) => `${BASE}/Questionnaire/${id}|${version}`)
    .join(',')

async function fetchPerson(server: FhirServer, reference: string): Promise<FhirResource[]> {
  const [type, id] = reference.split('/')
  if (id === undefined || (type !== 'Patient' && type !== 'RelatedPerson')) return []
  return [await server.read<Patient | RelatedPerson>(type, id)]
}

async function whereAllowed<R extends FhirResource>(found: Promise<R[]>): Promise<R[]> {
  try {
    return await found
  } catch (error) {
    if (error instanceof AssessmentError && ['forbidden', 'not-found', 'deleted'].includes(error.code)) return []
    throw error
  }
}
