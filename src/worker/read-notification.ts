import type { Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { isObject, type JsonObject, objectsIn } from '../json-object.ts'
import { isReference, referenceKey } from '../score/reference.ts'

export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event'

/** A resource that an event is about: where it stands, never what it says. */
export interface Focus {
  readonly type: string
  readonly id: string
  readonly version?: string
}

export interface NotifiedEvent {
  readonly number: number
  readonly timestamp?: string
  /** Absent where the subscription asks for empty notifications. */
  readonly focus?: Focus
}

/** A notification of a topic, in R4's form (status as Parameters), R4B's or R5's (SubscriptionStatus). */
export interface Notification {
  readonly type: NotificationType
  /** `Subscription/<id>` on the server that sends it. */
  readonly subscription: string
  readonly isError: boolean
  /** How many events there were since the subscription began. */
  readonly count?: number
  readonly events: readonly NotifiedEvent[]
}

const TYPES: readonly string[] = ['handshake', 'heartbeat', 'event-notification', 'query-status', 'query-event']

interface Status {
  readonly type: string | undefined
  readonly status: string | undefined
  readonly subscription: Reference | undefined
  readonly count: string | undefined
  readonly events: readonly {
    readonly number?: string | undefined
    readonly timestamp?: string | undefined
    readonly focus?: Reference | undefined
  }[]
}

/**
 * Reads a notification. Throws `structure` for anything else. Of the resources in it only ids and versions are taken: what a notification says of a response is
 * never believed, the response is read from its server.
 * @see http://hl7.org/fhir/uv/subscriptions-backport/notifications.html
 */
export function readNotification(body: unknown): Notification {
  const [first, ...others] = entriesOf(body)
  const status = statusOf(first)
  const subscription = referenceKey(status?.subscription)
  if (status === undefined || subscription === undefined || !TYPES.includes(status.type ?? ''))
    throw new AssessmentError('structure', 'The body is no notification: a Bundle that begins with the status of a subscription')
  const versions = versionsIn(others)
  return {
    type: status.type as NotificationType,
    subscription,
    isError: status.status === 'error',
    ...numberAs('count', status.count),
    events: status.events.flatMap(({ number, timestamp, focus }) => {
      const read = numberOf(number)
      if (read === undefined) return []
      return [{ number: read, ...(timestamp !== undefined && { timestamp }), ...focusOf(focus, versions) }]
    }),
  }
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const referenceIn = (value: unknown): Reference | undefined => (isReference(value) ? value : undefined)

function entriesOf(body: unknown): readonly unknown[] {
  return isObject(body) && body.resourceType === 'Bundle' && Array.isArray(body.entry) ? body.entry : []
}

function statusOf(entry: unknown): Status | undefined {
  const resource = isObject(entry) && isObject(entry.resource) ? entry.resource : {}
  if (resource.resourceType === 'Parameters') return statusOfParameters(resource)
  return resource.resourceType === 'SubscriptionStatus' ? statusOfResource(resource) : undefined
}

function statusOfParameters({ parameter }: JsonObject): Status {
  const parameters = objectsIn(parameter)
  const one = (name: string) => parameters.find((each) => each.name === name)
  return {
    type: textIn(one('type')?.valueCode),
    status: textIn(one('status')?.valueCode),
    subscription: referenceIn(one('subscription')?.valueReference),
    count: countOf(one('events-since-subscription-start')),
    events: parameters
      .filter(({ name }) => name === 'notification-event')
      .map(({ part }) => {
        const within = (name: string) => objectsIn(part).find((each) => each.name === name)
        return {
          number: countOf(within('event-number')),
          timestamp: textIn(within('timestamp')?.valueInstant),
          focus: referenceIn(within('focus')?.valueReference),
        }
      }),
  }
}

/** R4B and R5; R4's types do not know it. */
const statusOfResource = (resource: JsonObject): Status => ({
  type: textIn(resource.type),
  status: textIn(resource.status),
  subscription: referenceIn(resource.subscription),
  count: countIn(resource.eventsSinceSubscriptionStart),
  events: objectsIn(resource.notificationEvent).map(({ eventNumber, timestamp, focus }) => ({
    number: countIn(eventNumber),
    timestamp: textIn(timestamp),
    focus: referenceIn(focus),
  })),
})

/** A number of events comes as a string (integer64 is none of R4's types), from some servers as a number. */
const countIn = (value: unknown): string | undefined => (typeof value === 'number' ? String(value) : textIn(value))

const countOf = ({ valueString, valueInteger, valueUnsignedInt, valueDecimal }: JsonObject = {}): string | undefined =>
  countIn(valueString ?? valueInteger ?? valueUnsignedInt ?? valueDecimal)

const numberOf = (text: string | undefined): number | undefined => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined)

const numberAs = (name: 'count', text: string | undefined): { readonly count?: number } => {
  const number = numberOf(text)
  return number === undefined ? {} : { [name]: number }
}

/** `Type/id` → version, of the resources that came along. */
function versionsIn(entries: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(
    objectsIn(entries).flatMap(({ fullUrl, resource }) => {
      const { resourceType, id, meta } = isObject(resource) ? resource : {}
      const reference = textIn(id) === undefined ? textIn(fullUrl) : `${textIn(resourceType)}/${id}`
      const key = referenceKey({ reference: reference ?? '' })
      const version = isObject(meta) ? textIn(meta.versionId) : undefined
      return key === undefined || version === undefined ? [] : [[key, version] as const]
    }),
  )
}

function focusOf(reference: Reference | undefined, versions: ReadonlyMap<string, string>): { readonly focus?: Focus } {
  const key = referenceKey(reference)
  const [, type, id] = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})$/.exec(key ?? '') ?? []
  if (type === undefined || id === undefined) return {}
  const version = versions.get(key!) ?? /\/_history\/([A-Za-z0-9\-.]{1,64})$/.exec(reference?.reference ?? '')?.[1]
  return { focus: { type, id, ...(version !== undefined && { version }) } }
}
