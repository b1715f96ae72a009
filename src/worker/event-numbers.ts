import type { Order } from '../queue/queue.ts'
import type { Values } from '../queue/values.ts'
import { eventsOrder, sweepOrder } from './orders.ts'
import type { Notification } from './read-notification.ts'

/** How far the events of one subscription are known: the highest number, and when that event was. */
interface Seen {
  readonly number: number
  readonly at: string
}

const nameOf = (tenant: string, subscription: string): string => `events/${tenant}/${subscription}`

/**
 * What was missed, given what has been seen of this subscription: numbers between the last one and these are asked for. Where nothing has been seen yet, or the server
 * counts from the beginning again, nobody can say, and all is looked through.
 */
export async function missedOrders(values: Values, tenant: string, notification: Notification): Promise<Order[]> {
  const seen = await seenOf(values, tenant, notification.subscription)
  const { first, last } = reachOf(notification)
  if (first === undefined || last === undefined) return []
  if (seen === undefined) return first > 1 || notification.type !== 'event-notification' ? [sweepOrder(tenant)] : []
  if (isRestart(seen, notification)) return [sweepOrder(tenant)]
  const missing = first - 1
  return missing > seen.number ? [eventsOrder(tenant, notification.subscription, seen.number + 1, missing)] : []
}

/** Remembers them as seen. Done after what they ask for has been kept: a crash in between makes the server tell us again. */
export async function keepSeen(values: Values, tenant: string, notification: Notification): Promise<void> {
  const { last } = reachOf(notification)
  if (last === undefined) return
  const name = nameOf(tenant, notification.subscription)
  const at = latestOf(notification)
  for (;;) {
    const held = await values.get(name)
    const seen = held === undefined ? undefined : (JSON.parse(held) as Seen)
    if (seen && seen.number >= last && !isRestart(seen, notification)) return
    if (await values.change(name, held, JSON.stringify({ number: last, at: [at, seen?.at ?? ''].sort().at(-1) }))) return
  }
}

async function seenOf(values: Values, tenant: string, subscription: string): Promise<Seen | undefined> {
  const held = await values.get(nameOf(tenant, subscription))
  return held === undefined ? undefined : (JSON.parse(held) as Seen)
}

/** The first and the last number it vouches for: its own events, or the count where it has none; one past that would be the next. */
function reachOf({ events, count }: Notification): { readonly first?: number; readonly last?: number } {
  const numbers = events.map(({ number }) => number)
  if (numbers.length > 0) return { first: Math.min(...numbers), last: Math.max(...numbers) }
  return count === undefined ? {} : { first: count + 1, last: count }
}

const latestOf = ({ events }: Notification): string =>
  events
    .map(({ timestamp }) => timestamp ?? '')
    .sort()
    .at(-1) ?? ''

/** Lower numbers, and yet later: the server has begun to count anew. */
function isRestart(seen: Seen, notification: Notification): boolean {
  const { last = 0 } = reachOf(notification)
  if (last >= seen.number) return false
  return notification.type === 'handshake' || notification.type === 'heartbeat' || latestOf(notification) > seen.at
}
