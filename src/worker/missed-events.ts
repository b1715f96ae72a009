import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { Queue } from '../queue/queue.ts'
import { scoreOrder, sweepOrder } from './orders.ts'
import { readNotification } from './read-notification.ts'

export interface MissedEvents {
  readonly tenant: string
  readonly server: FhirServer
  readonly queue: Queue
  /** `Subscription/<id>`. */
  readonly subscription: string
  /** The first and the last number that was missed. */
  readonly since: number
  readonly until: number
}

/** A server that has no `$events`, or no longer the events: everything is looked through instead. */
const CANNOT = ['not-found', 'not-supported', 'processing', 'deleted', 'structure']

/**
 * Asks the server for events that never reached us and orders their responses to be scored.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition-backport-subscription-events.html
 */
export async function fetchMissed({ tenant, server, queue, subscription, since, until }: MissedEvents): Promise<'asked' | 'swept'> {
  try {
    const { events } = readNotification(await server.get(`/${subscription}/$events?eventsSinceNumber=${since}&eventsUntilNumber=${until}`))
    const known = new Set(events.filter(({ focus }) => focus !== undefined).map(({ number }) => number))
    const isComplete = Array.from({ length: until - since + 1 }, (_, index) => since + index).every((number) => known.has(number))
    await queue.send([
      ...events.flatMap(({ focus }) =>
        focus?.type === 'QuestionnaireResponse' ? [scoreOrder({ tenant, id: focus.id, version: focus.version })] : [],
      ),
      ...(isComplete ? [] : [sweepOrder(tenant)]),
    ])
    return isComplete ? 'asked' : 'swept'
  } catch (error) {
    if (!(error instanceof AssessmentError) || !CANNOT.includes(error.code)) throw error
    await queue.send([sweepOrder(tenant)])
    return 'swept'
  }
}
