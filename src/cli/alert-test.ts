import { createHash, randomInt } from 'node:crypto'
import type { Task } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import type { Values } from '../queue/values.ts'
import type { Site } from '../risk/knowledge.ts'
import { type AlertHook, sendAlert } from '../worker/alert-hook.ts'

const CONFIRMED = 'alert/confirmed'
const ASKED = 'alert/asked'

/** The way an alert goes at this site: another way must be confirmed anew. */
export const wayOf = ({ alertWebhook, onImmediate }: Site): string =>
  createHash('sha256')
    .update(JSON.stringify([alertWebhook, onImmediate?.kind, onImmediate?.owner?.reference]))
    .digest('hex')

export const isConfirmed = async (values: Values, site: Site): Promise<boolean> => (await values.get(CONFIRMED)) === wayOf(site)

/** Whether anybody would hear of an immediate result at all. */
export const hasWay = ({ alertWebhook, onImmediate }: Site): boolean => alertWebhook !== undefined || onImmediate?.kind === 'task'

export interface AlertTest {
  readonly site: Site
  readonly hook?: AlertHook | undefined
  readonly server: FhirServer
  readonly values: Values
  readonly now: Date
}

/**
 * Sends a test message the way that alerts go: to the webhook, else as a Task without a patient. It holds a code that only its recipient knows, who reads it out to
 * whoever sets up the service. Sent again, the last code counts.
 */
export async function sendAlertTest({ site, hook, server, values, now }: AlertTest): Promise<void> {
  const code = String(randomInt(100_000, 1_000_000))
  const text = `Test of Kizuna alerts, no emergency. Please read out this code to whoever sets up the service: ${code}`
  if (hook) await sendAlert(hook, { type: 'test', text, code })
  else await server.create(testTask(site, text, now))
  await values.set(ASKED, JSON.stringify({ way: wayOf(site), code }))
}

const testTask = ({ onImmediate }: Site, description: string, now: Date): Task => ({
  resourceType: 'Task',
  status: 'requested',
  intent: 'order',
  priority: 'routine',
  code: { text: 'Test of alerts' },
  description,
  authoredOn: now.toISOString(),
  ...(onImmediate?.owner && { owner: onImmediate.owner }),
})

/** Takes the code that the recipient has read out. False: another code, or alerts go another way by now. */
export async function confirmAlert(values: Values, site: Site, code: string): Promise<boolean> {
  const asked = JSON.parse((await values.get(ASKED)) ?? '{}') as { readonly way?: string; readonly code?: string }
  if (asked.way !== wayOf(site) || asked.code !== code) return false
  await values.set(CONFIRMED, wayOf(site))
  return true
}
