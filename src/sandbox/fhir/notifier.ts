import { ALWAYS, all } from './clause.ts'
import { refusal } from './refusal.ts'
import type { AnyResource } from './resource.ts'
import { conditionOf } from './search-request.ts'
import type { Store, Version } from './store.ts'
import { buildNotification, type Event, type Order, orderOf } from './subscription.ts'

/** One notification, as it goes out. */
export interface Notice {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: object
}

export interface NotifierOptions {
  readonly store: Store
  /** The FHIR base URL. */
  readonly base: string
  readonly now: () => number
  /** Sends one and says whether it was accepted. */
  readonly send?: (notice: Notice) => Promise<boolean>
  /** How often one is tried before it is dropped, and milliseconds between. */
  readonly attempts?: number
  readonly delay?: number
}

/** Carries out the Subscriptions of a store. */
export interface Notifier {
  /** `Subscription/<id>/$status` and `$events`; undefined for any other path. */
  readonly operation: (path: string) => AnyResource | undefined
  /** When nothing is on its way any more. */
  readonly settled: () => Promise<void>
  readonly close: () => void
}

interface Active {
  readonly order: Order
  readonly events: Event[]
  /** What is on its way: one after the other, in the order of the events. */
  sending: Promise<unknown>
}

/**
 * Tells those who subscribed of what was written, after it was written. As real servers do, it gives up: a notification that was not accepted after some tries
 * is dropped, and only a topic's event numbers tell that one is missing. Event numbers begin anew when the server does.
 */
export function createNotifier(options: NotifierOptions): Notifier {
  const notifier = new SubscriptionNotifier(options)
  notifier.begin()
  return notifier
}

class SubscriptionNotifier implements Notifier {
  readonly #options: Required<NotifierOptions>
  readonly #active = new Map<string, Active>()
  #end: () => void = () => undefined

  constructor(options: NotifierOptions) {
    this.#options = { send: sendNotice, attempts: 3, delay: 100, ...options }
  }

  begin(): void {
    const { store } = this.#options
    for (const version of store.load(store.find('Subscription', ALWAYS))) this.#subscribe(version)
    this.#end = store.listen((versions) => setImmediate(() => this.#tell(versions)))
  }

  operation(path: string): AnyResource | undefined {
    const [, ref, name] = /^\/(Subscription\/[^/]+)\/\$(status|events)(?:\?|$)/.exec(path) ?? []
    if (ref === undefined) return undefined
    const active = this.#active.get(ref)
    if (!active?.order.way.topic) throw refusal(404, 'not-found', 'There is no active subscription to a topic of this id')
    const range = new URL(path, 'http://host').searchParams
    const [since, until] = [Number(range.get('eventsSinceNumber') ?? 1), Number(range.get('eventsUntilNumber') ?? Number.POSITIVE_INFINITY)]
    const events = name === 'events' ? active.events.filter(({ number }) => number >= since && number <= until) : []
    const type = name === 'events' ? 'query-event' : 'query-status'
    return buildNotification(active.order, type, active.events.length, events) as AnyResource
  }

  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([...this.#active.values()].map(({ sending }) => sending))
  }

  close(): void {
    this.#end()
    this.#active.clear()
  }

  #tell(versions: readonly Version[]): void {
    for (const version of versions) {
      if (version.type === 'Subscription') this.#subscribe(version)
      else for (const active of this.#active.values()) this.#notify(active, version)
    }
  }

  #subscribe({ type, id, resource }: Version): void {
    const ref = `${type}/${id}`
    const [status, order] = [resource?.status, resource && orderOf(resource)]
    if (!resource || !order || (status !== 'requested' && status !== 'active')) return void this.#active.delete(ref)
    const { events = [], sending = Promise.resolve() } = this.#active.get(ref) ?? {}
    const active: Active = { order, events, sending }
    this.#active.set(ref, active)
    if (status === 'requested') active.sending = sending.then(() => this.#activate(active, resource))
  }

  /** A topic begins with a handshake: who does not answer it is not told anything. */
  async #activate(active: Active, resource: AnyResource): Promise<void> {
    const { order, events } = active
    const body = buildNotification(order, 'handshake', events.length, [])
    const isThere = !order.way.topic || (await this.#deliver({ ...noticeFrame(order), body }))
    if (this.#active.get(order.ref) !== active) return
    const status = isThere ? 'active' : 'error'
    const { store, now } = this.#options
    store.put({ type: 'Subscription', id: resource.id!, method: 'PUT', at: now(), resource: { ...resource, status } })
  }

  #notify(active: Active, { key, type, id, at, resource }: Version): void {
    const { order, events } = active
    if (resource === undefined || type !== order.type || !this.#isMet(order, key)) return
    const focus = `${type}/${id}`
    const event = { number: events.length + 1, at: new Date(at).toISOString(), focus, resource }
    if (order.way.topic) events.push(event)
    const notice = noticeOf(order, event)
    active.sending = active.sending.then(() => this.#deliver(notice))
  }

  #isMet({ type, query }: Order, key: number): boolean {
    const { store, base, now } = this.#options
    const condition = query === '' ? ALWAYS : conditionOf(type, query, { base, now: now(), searchable: () => ALWAYS })
    return store.find(type, all([{ sql: 'r.key = ?', values: [key] }, condition])).length > 0
  }

  async #deliver(notice: Notice): Promise<boolean> {
    const { attempts, delay, send } = this.#options
    for (let attempt = 1; attempt <= attempts; attempt++) {
      if (await send(notice)) return true
      await new Promise((resolve) => setTimeout(resolve, delay))
    }
    return false
  }
}

const noticeFrame = ({ endpoint, headers }: Order) => ({
  method: 'POST' as const,
  url: endpoint,
  headers: { ...headers, 'content-type': 'application/fhir+json' },
})

function noticeOf(order: Order, event: Event): Notice {
  const { endpoint, way } = order
  if (way.topic) return { ...noticeFrame(order), body: buildNotification(order, 'event-notification', event.number, [event]) }
  if (!way.withResource) return { method: 'POST', url: endpoint, headers: order.headers }
  return { ...noticeFrame(order), method: 'PUT', url: `${endpoint}/${event.focus}`, body: event.resource }
}

/** `redirect: error`: the secret in the headers goes where the Subscription says and nowhere else. */
export async function sendNotice({ method, url, headers, body }: Notice): Promise<boolean> {
  const sent = { method, headers, redirect: 'error' as const, signal: AbortSignal.timeout(5_000) }
  return fetch(url, { ...sent, ...(body && { body: JSON.stringify(body) }) }).then(
    async (answer) => {
      await answer.body?.cancel()
      return answer.ok
    },
    () => false,
  )
}
