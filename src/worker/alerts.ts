import type { Task } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { ACKNOWLEDGEMENT, acknowledgementState } from '../fhir/acknowledgement.ts'
import { identityIn } from '../fhir/alert.ts'
import type { Order, TakenJob } from '../queue/queue.ts'
import type { Result } from '../risk/assessment.ts'
import type { Site } from '../risk/knowledge.ts'
import { daysLate } from '../risk/lateness.ts'
import { RESULT_SYSTEM, resultValue } from '../score/identity.ts'
import { sendAlert } from './alert-hook.ts'
import type { Scene } from './scene.ts'
import { Postponed } from './worker.ts'

const MINUTE = 60_000

/** Whose immediate result was written where nobody was looking. */
export interface Unwatched {
  readonly tenant: string
  readonly response: string
  readonly result: Result
  /** When it reached us, milliseconds since 1970. */
  readonly received: number
}

/**
 * Who is to be told of an immediate result, besides the Task or Flag that stands in the record: the site's webhook at once, and again and again after the site's delay for as
 * long as nobody has acknowledged the Task. Once for each response, however often it is scored.
 */
export function alertOrders(
  { site }: { readonly site: Site },
  hasHook: boolean,
  { tenant, response, result, received }: Unwatched,
): Order[] {
  const identity = identityIn(result)
  if (result.risk.tier !== 'immediate' || identity === undefined) return []
  const late = result.outcome === 'refused' ? 0 : daysLate(result.context.authored, new Date(received).toISOString())
  const value = resultValue(identity, ACKNOWLEDGEMENT)
  const lane = `${tenant}/alert/${value}`
  const content = { tenant, response, value, since: received, daysLate: late }
  const { kind, escalateAfterMinutes: delay } = site.onImmediate ?? {}
  const told: Order[] = hasHook ? [{ kind: 'alert', key: lane, once: 'ever', lane, content }] : []
  if (kind !== 'task' || delay === undefined) return told
  return [
    ...told,
    { kind: 'escalate', key: `${lane}/escalate`, once: 'ever', lane: `${lane}/escalate`, content, due: received + delay * MINUTE },
  ]
}

const messageOf = ({ content }: TakenJob, server: FhirServer) => ({
  tenant: String(content.tenant),
  fhirBaseUrl: server.baseUrl,
  response: `QuestionnaireResponse/${content.response}`,
  since: new Date(Number(content.since)).toISOString(),
  ...(Number(content.daysLate) > 0 && { daysLate: Number(content.daysLate) }),
})

/** Tells the site's webhook of an immediate result. */
export async function tellImmediate({ hook }: Scene, server: FhirServer, job: TakenJob): Promise<string> {
  if (hook === undefined) return 'nobody to tell'
  await sendAlert(hook, { type: 'immediate', text: 'A safety answer: act now. Open the record.', ...messageOf(job, server) })
  return 'told'
}

/** Tells it again while nobody has acknowledged the Task, and hands the Task to whom the site names for that. Throws Postponed until somebody has. */
export async function escalate(scene: Scene, server: FhirServer, job: TakenJob): Promise<string> {
  const { knowledge, hook, now } = scene
  const { escalateAfterMinutes: delay = 30, escalateTo } = knowledge.site.onImmediate ?? {}
  const [task] = await server.searchAll<Task>('Task', { identifier: `${RESULT_SYSTEM}|${job.content.value}` })
  if (task === undefined) return 'no task'
  if (acknowledgementState(task, now().toISOString()).step !== 'open') return 'acknowledged'
  const text = 'A safety answer that nobody has acknowledged: act now. Open the record.'
  if (hook) await sendAlert(hook, { type: 'escalation', text, ...messageOf(job, server) })
  if (escalateTo && task.owner?.reference !== escalateTo.reference) await server.update<Task>({ ...task, owner: escalateTo })
  throw new Postponed(now().getTime() + delay * MINUTE)
}
