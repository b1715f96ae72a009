import type { Bundle, Parameters, ParametersParameter, Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { referenceKey } from '../score/reference.ts'

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
  const bundle = isBundle(body) ? body : undefined
  const status = statusOf(bundle?.entry?.[0]?.resource)
  const subscription = referenceKey(status?.subscription)
  if (status === undefined || subscription === undefined || !TYPES.includes(status.type ?? ''))
    throw new AssessmentError('structure', 'The body is no notification: a Bundle that begins with the status of a subscription')
  const versions = versionsIn(bundle!)
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

const isBundle = (body: unknown): body is Bundle =>
  typeof body === 'object' && body !== null && (body as Bundle).resourceType === 'Bundle' && Array.isArray((body as Bundle).entry)

function statusOf(resource: unknown): Status | undefined {
  const { resourceType } = (resource ?? {}) as { resourceType?: string }
  if (resourceType === 'Parameters') return statusOfParameters(resource as Parameters)
  return resourceType === 'SubscriptionStatus' ? statusOfResource(resource as SubscriptionStatus) : undefined
}

function statusOfParameters({ parameter = [] }: Parameters): Status {
  const one = (name: string) => parameter.find((each) => each.name === name)
  return {
    type: one('type')?.valueCode,
    status: one('status')?.valueCode,
    subscription: one('subscription')?.valueReference,
    count: textOf(one('events-since-subscription-start')),
    events: parameter
      .filter(({ name }) => name === 'notification-event')
      .map(({ part = [] }) => {
        const within = (name: string) => part.find((each) => each.name === name)
        return {
          number: textOf(within('event-number')),
          timestamp: within('timestamp')?.valueInstant,
          focus: within('focus')?.valueReference,
        }
      }),
  }
}

/** R4B and R5; R4's types do not know it. */
interface SubscriptionStatus {
  readonly type?: string
  readonly status?: string
  readonly subscription?: Reference
  readonly eventsSinceSubscriptionStart?: string | number
  readonly notificationEvent?: readonly {
    readonly eventNumber?: string | number
    readonly timestamp?: string
    readonly focus?: Reference
  }[]
}

const statusOfResource = (resource: SubscriptionStatus): Status => ({
  type: resource.type,
  status: resource.status,
  subscription: resource.subscription,
  count: String(resource.eventsSinceSubscriptionStart ?? ''),
  events: (resource.notificationEvent ?? []).map(({ eventNumber, timestamp, focus }) => ({
    number: String(eventNumber ?? ''),
    timestamp,
    focus,
  })),
})

/** A number of events comes as a string (integer64 is none of R4's types), from some servers as a number. */
const textOf = (parameter: ParametersParameter | undefined): string | undefined => {
  const { valueString, valueInteger, valueUnsignedInt, valueDecimal } = parameter ?? {}
  const number = valueInteger ?? valueUnsignedInt ?? valueDecimal
  return valueString ?? (number === undefined ? undefined : String(number))
}

const numberOf = (text: string | undefined): number | undefined => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : undefined)

const numberAs = (name: 'count', text: string | undefined): { readonly count?: number } => {
  const number = numberOf(text)
  return number === undefined ? {} : { [name]: number }
}

/** `Type/id` → version, of the resources that came along. */
function versionsIn({ entry = [] }: Bundle): ReadonlyMap<string, string> {
  return new Map(
    entry.slice(1).flatMap(({ fullUrl, resource }) => {
      const key = resource?.id === undefined ? referenceKey({ reference: fullUrl ?? '' }) : `${resource.resourceType}/${resource.id}`
      const version = resource?.meta?.versionId
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
