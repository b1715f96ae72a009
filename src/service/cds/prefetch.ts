import type { Bundle, FhirResource } from 'fhir/r4.js'
import { createFhirServer, type SearchParameters } from '../../ehr/fhir-server.ts'
import { AssessmentError, type IssueCode } from '../../errors.ts'
import { TASK_SYSTEM } from '../../fhir/acknowledgement.ts'
import { canonicalOf } from '../../instrument/instrument.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { observationCodes } from '../../write-back/fetch-history.ts'
import { HttpRefusal } from '../http-refusal.ts'
import type { HookRequest } from './hook-request.ts'

interface Need {
  readonly key: string
  readonly type: 'RelatedPerson' | 'Observation' | 'RiskAssessment' | 'QuestionnaireResponse' | 'Task'
  /** Without it less is known, and what is shown is the graver. */
  readonly isOptional?: boolean
  /** The search, for one subject. */
  readonly query: (subject: string) => SearchParameters
}

const needsOf = (knowledge: Knowledge): readonly Need[] => [
  { key: 'infants', type: 'RelatedPerson', isOptional: true, query: (patient) => ({ patient }) },
  { key: 'observations', type: 'Observation', query: (subject) => ({ subject, code: observationCodes(knowledge).join(',') }) },
  { key: 'assessments', type: 'RiskAssessment', query: (subject) => ({ subject }) },
  { key: 'acknowledgements', type: 'Task', isOptional: true, query: (patient) => ({ patient, code: `${TASK_SYSTEM}|attend` }) },
  {
    key: 'responses',
    type: 'QuestionnaireResponse',
    query: (subject) => ({ subject, questionnaire: knowledge.instruments.map(canonicalOf).join(',') }),
  },
]

const SUBJECT = 'Patient/{{context.patientId}}'

/** What the EHR may send along, by key. */
export function prefetchTemplates(knowledge: Knowledge): Record<string, string> {
  return Object.fromEntries(
    needsOf(knowledge).map(({ key, type, query }) => {
      const pairs = Object.entries(query(SUBJECT)).map(
        ([name, value]) => `${name}=${value === SUBJECT ? value : encodeURIComponent(String(value))}`,
      )
      return [key, `${type}?${pairs.join('&')}`]
    }),
  )
}

/**
 * All that the cards rest on: of each key what the EHR sent (`null`: it looked and found nothing), and only for keys that it did not satisfy (absent, or a page that
 * is not the last) what its FHIR server says, asked with the token that it sent. Throws 412 naming the keys that could not be had: nothing is concluded from what is
 * not known.
 */
export async function evidenceFor(knowledge: Knowledge, request: HookRequest, allowedServer: string): Promise<FhirResource[]> {
  const given = needsOf(knowledge).map((need) => ({ need, sent: sentOf(request.prefetch[need.key]) }))
  const missing = given.filter(({ sent }) => sent === undefined).map(({ need }) => need)
  const fetched = await fetchMissing(missing, request, allowedServer)
  return [...given.flatMap(({ sent }) => sent ?? []), ...fetched]
}

/** Undefined: not satisfied. */
function sentOf(value: unknown): FhirResource[] | undefined {
  if (value === null) return []
  const { resourceType, entry = [], link = [] } = (typeof value === 'object' ? value : {}) as Partial<Bundle>
  if (resourceType !== 'Bundle' || !areObjects(entry) || !areObjects(link)) return undefined
  if (link.some(({ relation }) => relation === 'next')) return undefined
  return entry.flatMap(({ resource, search }) => (resource === undefined || search?.mode === 'outcome' ? [] : [resource as FhirResource]))
}

const areObjects = (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null)

async function fetchMissing(needs: readonly Need[], request: HookRequest, allowedServer: string): Promise<FhirResource[]> {
  if (needs.length === 0) return []
  const { fhirServer, accessToken, patientId } = request
  if (accessToken === undefined && needs.every(({ key }) => key === 'acknowledgements')) return []
  if (fhirServer === undefined || accessToken === undefined) throw unmet(needs, 'no fhirAuthorization came with the call')
  if (fhirServer.replace(/\/+$/, '') !== allowedServer) throw unmet(needs, 'the fhirServer is not the one that is known of this EHR')
  const server = createFhirServer({ baseUrl: allowedServer, accessToken: () => accessToken, attempts: 2, timeout: 5_000 })
  const found = await Promise.all(
    needs.map((need) => server.searchAll(need.type, need.query(`Patient/${patientId}`)).catch((error: unknown) => unreadable(need, error))),
  )
  return found.flat()
}

/**
 * Her children date her course, and without leave to read them it is unknown; where no Tasks are kept, nobody is known to have attended to anything. All else decides
 * what she is shown as.
 */
function unreadable(need: Need, error: unknown): FhirResource[] {
  if (!(error instanceof AssessmentError)) throw error
  if (need.isOptional && NOT_KEPT.includes(error.code)) return []
  throw unmet([need], error.message)
}

const NOT_KEPT: readonly IssueCode[] = ['forbidden', 'not-found', 'not-supported', 'processing']

const unmet = (needs: readonly Need[], reason: string): HttpRefusal =>
  new HttpRefusal(412, 'required', `Not in prefetch, and not to be had: ${needs.map(({ key }) => key).join(', ')} (${reason})`)
