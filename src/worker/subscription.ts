import type { Extension, Subscription } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { readNotification } from './read-notification.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition'
const MIME = 'application/fhir+json'

export type PayloadContent = 'empty' | 'id-only' | 'full-resource'

export interface SubscriptionOrder {
  /** `https://…/inbox/subscription/<tenant>`: what makes the Subscription ours. */
  readonly endpoint: string
  /** The lines of `channel.header`, the secret among them. */
  readonly header: string[]
  /** A topic's canonical; absent: R4's own subscription to all responses. */
  readonly topic?: string | undefined
  readonly content: PayloadContent
}

/** Every status is named: a response that is stopped or retracted is news as well. */
const ALL_RESPONSES = 'QuestionnaireResponse?status=in-progress,completed,amended,entered-in-error,stopped'

/**
 * The Subscription that tells our inbox. With R4's own it has no payload: what came would not be believed, and HAPI then PUTs no answers over the net.
 * @see https://hl7.org/fhir/R4/subscription.html and http://hl7.org/fhir/uv/subscriptions-backport/
 */
export function buildSubscription({ endpoint, header, topic, content }: SubscriptionOrder): Subscription {
  const base = { resourceType: 'Subscription' as const, status: 'requested' as const, reason: 'Kizuna scores questionnaire responses' }
  const channel = { type: 'rest-hook' as const, endpoint, header }
  if (topic === undefined) return { ...base, criteria: ALL_RESPONSES, channel }
  const extension: Extension[] = [{ url: `${BACKPORT}/backport-payload-content`, valueCode: content }]
  const heartbeat: Extension[] = [{ url: `${BACKPORT}/backport-heartbeat-period`, valueUnsignedInt: 300 }]
  return {
    ...base,
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    criteria: topic,
    channel: { ...channel, extension: heartbeat, payload: MIME, _payload: { extension } } as Subscription['channel'],
  }
}

export interface SubscriptionPlan {
  readonly action: 'create' | 'update' | 'unchanged'
  readonly subscription: Subscription
  /** Why it is updated. */
  readonly because?: string
}

/** What must be done so that the server tells us: one Subscription to our address, as we want it, and not stopped. */
export async function planSubscription(server: FhirServer, order: SubscriptionOrder): Promise<SubscriptionPlan> {
  const wanted = buildSubscription(order)
  const found = await server.searchAll<Subscription>('Subscription', { url: order.endpoint })
  const held = found.find(({ channel }) => channel.endpoint === order.endpoint)
  if (held === undefined) return { action: 'create', subscription: wanted }
  const because = differenceOf(held, wanted)
  if (because === undefined) return { action: 'unchanged', subscription: held }
  return { action: 'update', because, subscription: { ...wanted, id: held.id!, meta: { ...wanted.meta, ...held.meta } } }
}

function differenceOf(held: Subscription, wanted: Subscription): string | undefined {
  if (held.status === 'error' || held.status === 'off') return `it is ${held.status === 'error' ? 'in error' : 'off'}`
  if (held.criteria !== wanted.criteria) return 'its criteria are others'
  if (held.channel.payload !== wanted.channel.payload || !isEqual(payloadOf(held), payloadOf(wanted))) return 'its payload is another'
  // Some servers show nobody the header.
  return held.channel.header !== undefined && !isEqual(held.channel.header, wanted.channel.header) ? 'its secret is another' : undefined
}

const payloadOf = ({ channel }: Subscription): unknown => channel._payload?.extension?.map(({ valueCode }) => valueCode)

/** Done twice it makes one: the create is conditional, the update names the version that was read. */
export async function carryOutSubscription(server: FhirServer, { action, subscription }: SubscriptionPlan): Promise<Subscription> {
  if (action === 'create') return server.create(subscription, `url=${encodeURIComponent(subscription.channel.endpoint!)}`)
  return action === 'update' ? server.update(subscription) : subscription
}

/**
 * Asks for notifications again wherever a server has stopped telling our address, which HAPI does without a word; of a topic `$status` is asked as well. One whose time has run out
 * is left alone. How many were asked again.
 */
export async function resumeStopped(server: FhirServer, endpoint: string, now: Date): Promise<number> {
  const found = await server.searchAll<Subscription>('Subscription', { url: endpoint })
  const ours = found.filter(({ channel, end }) => channel.endpoint === endpoint && !(end !== undefined && Date.parse(end) < now.getTime()))
  let count = 0
  for (const held of ours) {
    if (held.status !== 'error' && held.status !== 'off' && !(await isInError(server, held))) continue
    const { error: _error, ...rest } = held
    await server.update<Subscription>({ ...rest, status: 'requested' })
    count += 1
  }
  return count
}

/** What `$status` says of a topic's; a server that has none says nothing. */
async function isInError(server: FhirServer, { id, status, meta }: Subscription): Promise<boolean> {
  if (status !== 'active' || !meta?.profile?.includes(`${BACKPORT}/backport-subscription`)) return false
  try {
    return readNotification(await server.get(`/Subscription/${id}/$status`)).isError
  } catch (error) {
    if (error instanceof AssessmentError && error.code !== 'transient') return false
    throw error
  }
}

/** Asks for notifications again where the server has stopped them. `reference`: `Subscription/<id>`. */
export async function resumeSubscription(server: FhirServer, reference: string): Promise<boolean> {
  const held = await server.read<Subscription>('Subscription', reference.replace('Subscription/', ''))
  if (held.status !== 'error' && held.status !== 'off') return false
  const { error: _error, ...rest } = held
  await server.update<Subscription>({ ...rest, status: 'requested' })
  return true
}
