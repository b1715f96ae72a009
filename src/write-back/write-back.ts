import type { Bundle, QuestionnaireResponse } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError, type IssueCode } from '../errors.ts'
import { ALERT_ROLES, alertValuesOf } from '../fhir/alert.ts'
import type { Recording } from '../fhir/provenance.ts'
import { buildAlertTransaction, buildTransaction } from '../fhir/transaction.ts'
import type { Result, ResultResource } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import type { History } from '../trajectory/history.ts'
import { assessHeld } from './assess-held.ts'
import { countWrites, type Existing, fetchAlerts, fetchExisting } from './fetch-existing.ts'
import { type NotWritten, roleOf, sendResults, type Unwritable, type Written } from './send-results.ts'

/** What came of a write: the result it rests on, every resource of it, and roles of which the server holds more than one. */
export interface Receipt {
  readonly result: Result
  readonly written: readonly Written[]
  readonly duplicates: readonly string[]
  /** Roles of which the server held more than one until now. */
  readonly repaired?: readonly string[]
  /** What the server cannot hold or would not take: it is nowhere but in `result`. */
  readonly notWritten?: readonly NotWritten[]
  /** What was sent; without entries when nothing had to be, absent when the response was refused. */
  readonly bundle?: Bundle
}

export interface WriteBack {
  readonly server: FhirServer
  readonly knowledge: Knowledge
  /** As the server holds it. */
  readonly response: QuestionnaireResponse
  readonly recording: Recording
  /** What the caller knows of her besides what the server holds. */
  readonly history?: History
  /** A baseline that has changed is written too: an older response came late, and the caller (`rescore`) has said so. */
  readonly renewBaselines?: boolean
  /** How often a write that met another's is decided anew. */
  readonly attempts?: number
}

/**
 * Makes the server hold the results of one response exactly once: reads what is there, assesses, compares, writes one transaction, and looks again.
 * Safe to repeat and to race: where the server takes ids they are made by hashing, so that two writers write the same resources; elsewhere creates are conditional,
 * and of copies that a server made all the same one stays in force. Updates carry If-Match; a conflict is answered by reading the response and deciding again.
 * A refused response writes nothing but the alert of its safety answers, if the site has one; the caller shows the refusal and any safety rule in it.
 */
export async function writeBack(order: WriteBack): Promise<Receipt> {
  const takesIds = await typesTakingIds(order.server)
  try {
    return await writeUntilSettled({ ...order, takesIds })
  } catch (error) {
    // It says that it takes ids, and yet it does not, or not from us: ids are then its own.
    if (takesIds.size === 0 || !(error instanceof AssessmentError) || !NOT_WITH_IDS.includes(error.code)) throw error
    return writeUntilSettled({ ...order, takesIds: new Set() })
  }
}

const NOT_WITH_IDS: readonly IssueCode[] = ['forbidden', 'processing', 'not-found', 'not-supported']

/** Alerts are not among them: a second writer would put what somebody has acknowledged back to the beginning. */
async function typesTakingIds(server: FhirServer): Promise<ReadonlySet<string>> {
  const { of } = await server.abilities()
  return new Set(['Observation', 'RiskAssessment'].filter((type) => of(type).update && of(type).updateCreate))
}

interface Attempt extends WriteBack {
  readonly takesIds: ReadonlySet<string>
}

async function writeUntilSettled(order: Attempt): Promise<Receipt> {
  let response = order.response
  let before: Receipt | undefined
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= (order.attempts ?? 4)
    const done = await writeOnce({ ...order, response }).catch((error: unknown) => {
      if (isLast || !(error instanceof AssessmentError) || error.code !== 'conflict') throw error
      return undefined
    })
    if (done && done.repaired === undefined && !hasWritten(done)) return withBefore(before, done)
    const current = await currentOf(order.server, response)
    const isSame = current.meta?.versionId === response.meta?.versionId
    if (done && isSame && (isLast || done.repaired === undefined)) return withBefore(before, done)
    if (isLast) throw new AssessmentError('conflict', 'The response was changed again and again while its results were written')
    before ??= done
    response = current
  }
}

/** Where it was looked at again (two writers who repair at once could each retract what the other keeps) and all was in order, what was done before is told. */
const withBefore = (before: Receipt | undefined, done: Receipt): Receipt =>
  before && !hasWritten(done) ? { ...before, duplicates: done.duplicates } : done

/**
 * What was written looks newer than a response that changed between its reading and the write, and nobody would ever look again: so whoever has written looks whether
 * the response is still what it was.
 */
const hasWritten = ({ written }: Receipt): boolean => written.some(({ action }) => action !== 'unchanged')

/** The response as it is by now; where it cannot be read, as it was. */
async function currentOf(server: FhirServer, response: QuestionnaireResponse): Promise<QuestionnaireResponse> {
  if (response.id === undefined) return response
  return server.read<QuestionnaireResponse>('QuestionnaireResponse', response.id).catch((error: unknown) => {
    if (error instanceof AssessmentError && ['forbidden', 'not-found', 'deleted'].includes(error.code)) return response
    throw error
  })
}

async function writeOnce({
  server,
  knowledge,
  response,
  recording,
  history = [],
  renewBaselines = false,
  takesIds,
}: Attempt): Promise<Receipt> {
  const { result, existing, values } = await assessHeld({ server, knowledge, response, history })
  const alerts = await fetchAlerts(server, alertValuesOf(result))
  // The alert of a refused version came with a Provenance of its own: the results of the next must not be taken for told of.
  const writes =
    existing.writes > 0 || alerts.results.size === 0 ? existing.writes : await countWrites(server, [...alerts.results.values()])
  const there: Existing = { ...existing, writes, results: new Map([...existing.results, ...alerts.results]), renewBaselines, takesIds }
  const build = (unwritable: Unwritable) => bundleOf(knowledge, result, { ...there, unwritable }, recording)
  const { bundle, answered, notWritten, unwritable } = await sendResults(server, build, alerts.unwritable)
  const after = answered.length === 0 ? existing : await fetchExisting(server, values)
  const repaired = await retractCopies(server, after.copies)
  const missing = [...notWritten, ...missingOf(knowledge, result, unwritable, writes)]
  return {
    result,
    written: [...answered, ...unchangedOf(result.outcome === 'refused' ? alerts.results : there.results, answered)],
    duplicates: after.copies.filter((copy) => !repaired.includes(copy)).map(roleIn),
    ...(repaired.length > 0 && { repaired: repaired.map(roleIn) }),
    ...(missing.length > 0 && { notWritten: missing }),
    ...((result.outcome !== 'refused' || answered.length > 0) && { bundle }),
  }
}

/** Copies that two writers made at once, on a server whose conditional creates can race: entered in error, their history kept. What we may not touch stays. */
async function retractCopies(server: FhirServer, copies: Existing['copies']): Promise<Existing['copies']> {
  const retracted = await Promise.all(
    copies.map((copy) =>
      server.update({ ...copy, status: 'entered-in-error' } as typeof copy).then(
        () => true,
        (error: unknown) => {
          if (error instanceof AssessmentError && error.code === 'forbidden') return false
          throw error
        },
      ),
    ),
  )
  return copies.filter((_, index) => retracted[index])
}

const bundleOf = (knowledge: Knowledge, result: Result, existing: Existing, recording: Recording): Bundle =>
  result.outcome === 'refused'
    ? buildAlertTransaction(knowledge, result, existing, recording)
    : buildTransaction(knowledge, result, existing, recording)

/** The alert or the AuditEvent that the site wants and the server refuses. */
function missingOf({ site }: Knowledge, { risk, outcome }: Result, unwritable: Unwritable, writes: number): NotWritten[] {
  const type = site.onImmediate?.kind === 'task' ? 'Task' : site.onImmediate?.kind === 'flag' ? 'Flag' : undefined
  const isMissing = type !== undefined && outcome !== 'retracted' && risk.tier === 'immediate' && unwritable.has(type)
  return [
    ...(isMissing ? [{ role: ALERT_ROLES[type], type }] : []),
    ...(unwritable.has('AuditEvent') ? [{ role: `audit-${writes + 1}`, type: 'AuditEvent' }] : []),
  ]
}

const roleIn = ({ identifier }: ResultResource): string => roleOf(identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value ?? '')

/** What was there before and is still as it was. */
function unchangedOf(results: Existing['results'], written: readonly Written[]): Written[] {
  const done = new Set(written.map(({ role }) => role))
  return [...results].flatMap(([value, there]): Written[] =>
    done.has(roleOf(value)) ? [] : [{ reference: `${there.resourceType}/${there.id}`, role: roleOf(value), action: 'unchanged' }],
  )
}
