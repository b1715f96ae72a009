import type { FhirResource, Observation, Patient, QuestionnaireResponse, RelatedPerson } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { BASE, LOINC } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
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
  const [observations, persons, reports, ...patients] = await Promise.all([
    server.searchAll<Observation>('Observation', { subject, code: observationCodes(knowledge).join(',') }),
    whereAllowed(server.searchAll<RelatedPerson>('RelatedPerson', { patient: subject })),
    whereAllowed(
      server.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject, questionnaire: contextCanonicals(knowledge) }),
    ),
    whereAllowed(fetchPerson(server, subject)),
    infant === undefined ? [] : whereAllowed(fetchPerson(server, infant)),
  ])
  return [...observations, ...persons, ...reports, ...patients.flat()]
}

/** Our score codes, the LOINC codes of totals and panels, delivery and due date. */
export function observationCodes({ instruments }: Knowledge): string[] {
  const own = instruments.flatMap(({ scales }) => scales.map(({ code }) => `${SCORE_SYSTEM}|${code}`))
  const loinc = instruments
    .flatMap(({ loinc: panel, scales }) => [panel, ...scales.map((scale) => scale.loinc)])
    .filter((code) => code !== undefined)
  return [...new Set([...own, ...[...loinc, DELIVERY, DUE_DATE].map((code) => `${LOINC}|${code}`)])]
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
