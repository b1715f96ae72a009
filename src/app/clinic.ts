import type { FhirResource, Patient, QuestionnaireResponse, RelatedPerson, RiskAssessment, Task } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import { type Abilities, abilitiesOf } from '../ehr/abilities.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { TASK_SYSTEM } from '../fhir/acknowledgement.ts'
import type { Recording } from '../fhir/provenance.ts'
import { canonicalOf } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { referenceKey } from '../score/reference.ts'
import type { History } from '../trajectory/history.ts'
import { fetchAbsences, fetchHistory } from '../write-back/fetch-history.ts'
import { type Receipt, writeBack } from '../write-back/write-back.ts'
import type { Family } from './form/offers.ts'
import type { Session } from './launch/session.ts'

/** All that was read about one woman. `unreadable` names what the launch was not allowed to read: it is then unknown, not absent. */
export interface PatientRecord {
  readonly patient: Patient
  readonly infants: readonly RelatedPerson[]
  readonly history: History
  readonly assessments: readonly RiskAssessment[]
  readonly responses: readonly QuestionnaireResponse[]
  /** Who has seen safety answers, and what was done; absent where the server keeps no Tasks or this login may not read them. */
  readonly tasks?: readonly Task[]
  readonly unreadable: readonly string[]
  /** Types of which the server holds something that nobody can read. */
  readonly broken?: readonly string[]
}

/** What the app asks of the hospital's FHIR server: everything that is read or written about the patient of the launch, and nothing else. */
export interface Clinic {
  readonly readRecord: () => Promise<PatientRecord>
  /** Who she is and who is with her, and nothing of what she answered. */
  readonly readPerson: () => Promise<Family>
  readonly findResponse: (identifier: string) => Promise<QuestionnaireResponse | undefined>
  /** A response in every version that the server has; refuses as the server does, for not every server keeps or shows them. */
  readonly readVersions: (id: string) => Promise<QuestionnaireResponse[]>
  /** Creates or updates a response; twice the same does no harm. Refuses (`conflict`) when another has changed it meanwhile. */
  readonly save: (response: QuestionnaireResponse) => Promise<QuestionnaireResponse>
  /** One resource by its reference, `Observation/<id>`. */
  readonly readResource: (reference: string) => Promise<FhirResource>
  /** Creates or updates the Task of one safety answer, like `save`. */
  readonly saveTask: (task: Task) => Promise<Task>
  /** What the server says that it takes, by its CapabilityStatement. */
  readonly abilities: () => Promise<Abilities>
  readonly write: (response: QuestionnaireResponse, recording: Recording) => Promise<Receipt>
}

export function createClinic(server: FhirServer, knowledge: Knowledge, { patientId }: Session): Clinic {
  const subject = `Patient/${patientId}`
  const readPatient = () => server.read<Patient>('Patient', patientId)
  const readInfants = async () => (await whereAllowed(server.searchAll<RelatedPerson>('RelatedPerson', { patient: subject }))) ?? []
  return {
    readRecord: async () => {
      const [patient, history, assessments, responses, tasks] = await Promise.all([
        readPatient(),
        whereAllowed(fetchHistory(server, knowledge, { subject })),
        whereAllowed(server.searchAll<RiskAssessment>('RiskAssessment', { subject })),
        whereAllowed(server.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject, questionnaire: canonicals(knowledge) })),
        whereKept(server.searchAll<Task>('Task', { patient: subject, code: `${TASK_SYSTEM}|attend` })),
      ])
      const known = history ?? [patient, ...(await readInfants())]
      return {
        patient,
        history: known,
        infants: known.filter((resource): resource is RelatedPerson => resource.resourceType === 'RelatedPerson'),
        assessments: (assessments ?? []).filter((one) => referenceKey(one.subject) === subject),
        responses: (responses ?? []).filter((one) => referenceKey(one.subject) === subject),
        ...(tasks && { tasks: tasks.filter((one) => referenceKey(one.for) === subject) }),
        unreadable: [
          ...(history ? [] : ['Observation']),
          ...(assessments ? [] : ['RiskAssessment']),
          ...(responses ? [] : ['QuestionnaireResponse']),
        ],
      }
    },
    readPerson: async () => {
      const [patient, infants, absences] = await Promise.all([
        readPatient(),
        readInfants(),
        whereAllowed(fetchAbsences(server, knowledge, subject)),
      ])
      return { patient, infants, history: [patient, ...infants, ...(absences ?? [])] }
    },
    findResponse: async (identifier) =>
      (await server.searchAll<QuestionnaireResponse>('QuestionnaireResponse', { subject, identifier }))[0],
    readResource: (reference) => {
      const [type, id] = reference.split('/')
      return server.read(type as FhirResource['resourceType'], id!)
    },
    readVersions: async (id) => {
      const versions = await server.history<QuestionnaireResponse>('QuestionnaireResponse', id)
      return versions.filter((one) => one.id === id && referenceKey(one.subject) === subject)
    },
    save: (response) => saveResponse(server, subject, response),
    abilities: async () => abilitiesOf(await server.capabilities()),
    saveTask: (task) => saveTask(server, subject, task),
    write: async (response, recording) => {
      checkSubject(subject, response)
      return await writeBack({ server, knowledge, response, recording })
    },
  }
}

/** Our forms, and those of others that stand for one; a canonical without version finds every version. */
const canonicals = ({ instruments, bindings }: Knowledge): string =>
  [...instruments.map(canonicalOf), ...bindings.flatMap((binding) => binding.canonicals)].join(',')

async function saveResponse(server: FhirServer, subject: string, response: QuestionnaireResponse): Promise<QuestionnaireResponse> {
  checkSubject(subject, response)
  if (response.id !== undefined) return await server.update(response)
  const { system, value } = response.identifier ?? {}
  const there = await server.create(response, `identifier=${encodeURIComponent(`${system}|${value}`)}`)
  // An earlier create came through although its answer was lost: what was answered since is not in it yet.
  const isAsSent = there.status === response.status && isEqual(there.item ?? [], response.item ?? [])
  return isAsSent
    ? there
    : await server.update({ ...response, ...(there.id !== undefined && { id: there.id }), ...(there.meta && { meta: there.meta }) })
}

async function saveTask(server: FhirServer, subject: string, task: Task): Promise<Task> {
  if (referenceKey(task.for) !== subject) throw new AssessmentError('business-rule', 'The Task is about another patient')
  if (task.id !== undefined) return await server.update(task)
  return await server.create(task, `identifier=${encodeURIComponent(`${RESULT_SYSTEM}|${task.identifier?.[0]?.value}`)}`)
}

/** One window, one patient: whatever happened to the session, nothing is written about anybody else. */
function checkSubject(subject: string, response: QuestionnaireResponse): void {
  if (referenceKey(response.subject) !== subject) throw new AssessmentError('business-rule', 'The response is about another patient')
}

async function whereAllowed<R>(found: Promise<R>): Promise<R | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof AssessmentError && error.code === 'forbidden') return undefined
    throw error
  }
}

/** Tasks are kept by few servers: where they are refused or not known, safety answers are acknowledged on paper. */
async function whereKept<R>(found: Promise<R[]>): Promise<R[] | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof AssessmentError && NOT_KEPT.includes(error.code)) return undefined
    throw error
  }
}

const NOT_KEPT: readonly AssessmentError['code'][] = ['forbidden', 'not-found', 'not-supported', 'processing']
