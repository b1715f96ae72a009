import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import express, { type Request, type RequestHandler, type Response, Router } from 'express'
import { AssessmentError } from '../errors.ts'
import { type Log, NO_LOG } from '../log.ts'
import type { Order, Queue } from '../queue/queue.ts'
import type { Values } from '../queue/values.ts'
import { keepSeen, missedOrders } from '../worker/event-numbers.ts'
import { resumeOrder, scoreOrder, sweepOrder } from '../worker/orders.ts'
import { type Notification, readNotification } from '../worker/read-notification.ts'
import { answerFailure } from './error-handler.ts'
import { nameRequest, requestIdOf } from './request-id.ts'

export interface InboxOptions {
  /** All that are accepted; the first is the one that new subscriptions are given. */
  readonly secrets: readonly string[]
  /** Ids of the tenants; a subscription is named after its tenant. */
  readonly tenants: readonly string[]
  readonly queue: Queue
  readonly values: Values
  /** Called when there is something new to do. */
  readonly wake?: () => void
  readonly now?: () => Date
  readonly log?: Log
}

/** The secret of one subscription: whoever knows it can speak for this tenant and for no other. */
export const inboxToken = (secret: string, id: string): string =>
  createHmac('sha256', secret).update(`kizuna inbox ${id}`).digest('base64url')

/**
 * What hospital servers tell us, to be mounted at the root: each notification is kept on disk before it is answered, and worked off later.
 * `POST /inbox/subscription/<id>`: R4 rest-hook (empty, or with the resource), and notifications of a topic. `PUT …/<Type>/<rid>`: R4 rest-hook as HAPI sends it.
 * Told twice, done once; and what a notification says of a response is never believed: the response is read from its server.
 */
export function createInbox(options: InboxOptions): Router {
  const { log = NO_LOG, now = () => new Date() } = options
  const router = Router()
  const address = '/inbox/subscription/:id'
  const guards = [nameRequest(log, now), checkSecret(options)]
  router.post(address, guards, express.raw({ type: () => true, limit: '16mb' }), receivePost(options))
  router.put(`${address}/:type/:rid`, guards, receivePut(options))
  return router.use('/inbox', answerFailure(log))
}

/** Compared in constant time. Throws `login`, whether the subscription exists or not, and `not-found` for a tenant that does not exist. */
function checkSecret({ secrets, tenants }: InboxOptions): RequestHandler {
  return (req, _res, next) => {
    const id = String(req.params.id)
    const given = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? ''
    const accepted = secrets.map((secret) => isSame(given, inboxToken(secret, id)))
    if (!accepted.includes(true)) throw new AssessmentError('login', 'The secret of the subscription is missing or wrong')
    if (!tenants.includes(id)) throw new AssessmentError('not-found', 'There is no tenant of this name')
    next()
  }
}

const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function receivePost(options: InboxOptions): RequestHandler {
  return async (req, res) => {
    const tenant = String(req.params.id)
    const body = jsonOf(req.body)
    if (body === undefined) return keep(options, req, res, { type: 'empty', orders: [sweepOrder(tenant)] })
    if (resourceTypeOf(body) !== 'Bundle') return keep(options, req, res, { type: 'resource', orders: ordersOfResource(tenant, body) })
    await receiveNotification(options, req, res, readNotification(body))
  }
}

async function receiveNotification(options: InboxOptions, req: Request, res: Response, notification: Notification): Promise<void> {
  const tenant = String(req.params.id)
  const missed = await missedOrders(options.values, tenant, notification)
  const orders = [...ordersOfEvents(tenant, notification), ...missed, ...ordersOfError(tenant, notification)]
  await keep(options, req, res, {
    type: notification.type,
    orders,
    remember: () => keepSeen(options.values, tenant, notification),
  })
}

function ordersOfEvents(tenant: string, { events, subscription }: Notification): Order[] {
  return events.flatMap(({ number, timestamp, focus }) => {
    if (focus === undefined) return [sweepOrder(tenant)]
    if (focus.type !== 'QuestionnaireResponse') return []
    const event = timestamp && `${subscription}/${number}/${timestamp}`
    return [scoreOrder({ tenant, id: focus.id, version: focus.version, event })]
  })
}

const ordersOfError = (tenant: string, { isError, subscription }: Notification): Order[] =>
  isError ? [resumeOrder(tenant, subscription), sweepOrder(tenant)] : []

function ordersOfResource(tenant: string, body: unknown): Order[] {
  const { resourceType, id, meta } = body as { resourceType?: unknown; id?: unknown; meta?: { versionId?: unknown } }
  if (typeof id !== 'string' || !isId(id))
    throw new AssessmentError('structure', 'The body is neither empty, nor a notification, nor a resource')
  const version = typeof meta?.versionId === 'string' && isId(meta.versionId) ? meta.versionId : undefined
  return resourceType === 'QuestionnaireResponse' ? [scoreOrder({ tenant, id, version })] : []
}

/** The body is not read at all: it may be the resource as JSON or XML, and is not needed. */
function receivePut(options: InboxOptions): RequestHandler {
  return async (req, res) => {
    const [type, id] = [String(req.params.type), String(req.params.rid)]
    if (!isId(id)) throw new AssessmentError('value', 'The id in the address is no FHIR id')
    const orders = type === 'QuestionnaireResponse' ? [scoreOrder({ tenant: String(req.params.id), id })] : []
    await keep(options, req, res, { type: 'resource', orders })
  }
}

interface Receipt {
  readonly type: string
  readonly orders: readonly Order[]
  /** Done once they are kept. */
  readonly remember?: () => Promise<void>
}

async function keep(
  { queue, wake, log = NO_LOG }: InboxOptions,
  req: Request,
  res: Response,
  { type, orders, remember }: Receipt,
): Promise<void> {
  const fresh = orders.length === 0 ? 0 : await queue.send(orders)
  await remember?.()
  res.status(200).end()
  log('info', { event: 'notified', requestId: requestIdOf(res), tenant: String(req.params.id), type, jobs: orders.length, fresh })
  if (fresh > 0) wake?.()
}

const isId = (text: string): boolean => /^[A-Za-z0-9\-.]{1,64}$/.test(text)

const resourceTypeOf = (body: unknown): unknown => (body as { resourceType?: unknown } | null)?.resourceType

/** Undefined: empty. Throws `structure`. */
function jsonOf(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) return undefined
  try {
    const body = JSON.parse(bytes.toString()) as unknown
    if (typeof body === 'object' && body !== null) return body
  } catch {
    // The parser's own words quote the body.
  }
  throw new AssessmentError('structure', 'The body is not JSON')
}
