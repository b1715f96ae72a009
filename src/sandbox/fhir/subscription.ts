import type { Extension, Parameters, ParametersParameter, Subscription } from 'fhir/r4.js'
import { BASE } from '../../instrument/instrument.ts'
import type { AnyResource } from './resource.ts'

/** The one topic of this server: a response was made or changed. */
export const RESPONSE_TOPIC = `${BASE}/SubscriptionTopic/questionnaire-response`
const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'

export type Content = 'empty' | 'id-only' | 'full-resource'

/** A Subscription as this server carries it out. */
export interface Order {
  readonly ref: string
  readonly endpoint: string
  readonly headers: Readonly<Record<string, string>>
  readonly type: string
  /** The search that a resource of the type must fulfil; empty: all. */
  readonly query: string
  /** R4's own rest-hook, with the resource or without it; or a topic, with this much content. */
  readonly way: { readonly topic: false; readonly withResource: boolean } | { readonly topic: true; readonly content: Content }
}

/** Reads one; undefined for what this server cannot do: another channel, another topic, an address beyond this machine (nothing synthetic leaves it). */
export function orderOf(resource: AnyResource): Order | undefined {
  const { id, criteria, channel } = resource as unknown as Subscription
  if (channel?.type !== 'rest-hook' || !isLoopback(channel.endpoint)) return undefined
  const common = { ref: `Subscription/${id}`, endpoint: channel.endpoint!.replace(/\/$/, ''), headers: headersOf(channel.header) }
  if (criteria === RESPONSE_TOPIC) {
    const filter = (resource._criteria as { extension?: Extension[] } | undefined)?.extension?.find(({ url }) =>
      url.endsWith('filter-criteria'),
    )
    const content = contentOf((channel as { _payload?: { extension?: Extension[] } })._payload?.extension)
    return { ...common, type: 'QuestionnaireResponse', query: filter?.valueString?.split('?')[1] ?? '', way: { topic: true, content } }
  }
  const [, type, query = ''] = /^([A-Z][A-Za-z]+)\??(.*)$/.exec(criteria) ?? []
  return type === undefined ? undefined : { ...common, type, query, way: { topic: false, withResource: channel.payload !== undefined } }
}

const isLoopback = (endpoint: string | undefined): boolean => /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(endpoint ?? '')

const headersOf = (header: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(header.map((line) => [line.slice(0, line.indexOf(':')).trim(), line.slice(line.indexOf(':') + 1).trim()]))

const contentOf = (extension: readonly Extension[] | undefined): Content => {
  const code = extension?.find(({ url }) => url === `${BACKPORT}/backport-payload-content`)?.valueCode
  return code === 'id-only' || code === 'full-resource' ? code : 'empty'
}

/** One event of a topic. */
export interface Event {
  readonly number: number
  readonly at: string
  /** `Type/id`. */
  readonly focus: string
  readonly resource: AnyResource
}

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event'

/**
 * A notification of R5's kind as R4 carries it: a history Bundle that begins with the status as Parameters.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/notifications.html
 */
export function buildNotification(order: Order, type: NotificationType, count: number, events: readonly Event[]): object {
  const content = order.way.topic ? order.way.content : 'empty'
  const status = buildStatus(order, type, count, content === 'empty' ? events.map(({ focus: _, ...event }) => event) : events)
  const entries = events.flatMap(({ focus, resource }) => {
    if (content === 'empty') return []
    const entry = { fullUrl: focus, request: { method: 'PUT', url: focus }, response: { status: '200' } }
    return [content === 'full-resource' ? { ...entry, resource } : entry]
  })
  const request = { method: 'GET', url: `${order.ref}/$status` }
  return { resourceType: 'Bundle', type: 'history', entry: [{ resource: status, request, response: { status: '200' } }, ...entries] }
}

function buildStatus(order: Order, type: NotificationType, count: number, events: readonly Partial<Event>[]): Parameters {
  return {
    resourceType: 'Parameters',
    meta: { profile: [`${BACKPORT}/backport-subscription-status-r4`] },
    parameter: [
      { name: 'subscription', valueReference: { reference: order.ref } },
      { name: 'topic', valueCanonical: RESPONSE_TOPIC },
      { name: 'status', valueCode: type === 'handshake' ? 'requested' : 'active' },
      { name: 'type', valueCode: type },
      { name: 'events-since-subscription-start', valueString: String(count) },
      ...events.map(buildEvent),
    ],
  }
}

const buildEvent = ({ number, at, focus }: Partial<Event>): ParametersParameter => ({
  name: 'notification-event',
  part: [
    { name: 'event-number', valueString: String(number) },
    { name: 'timestamp', valueInstant: at! },
    ...(focus === undefined ? [] : [{ name: 'focus', valueReference: { reference: focus } }]),
  ],
})
