import type { OperationOutcome } from 'fhir/r4.js'
import { AssessmentError, type IssueCode } from '../errors.ts'
import type { Circuit } from './circuit.ts'
import { MAY_PASS, retryAfterOf, TransientError, withRetries } from './retry.ts'

/** Asked before each request; `rejected` is the token that the server has just answered with 401, so that another is needed. */
export type AccessTokenSource = (options: {
  readonly fresh: boolean
  readonly rejected?: string
}) => string | undefined | Promise<string | undefined>

/** How a FHIR server is reached. What waits and what asks for tokens comes in, so that tests neither wait nor log in. */
export interface Connection {
  /** Without a slash at the end. */
  readonly baseUrl: string
  readonly accessToken?: AccessTokenSource
  /** How often a request is tried that may be repeated. */
  readonly attempts?: number
  /** Milliseconds to wait before try n + 1. */
  readonly delay?: (attempt: number) => number
  /** Milliseconds until an unanswered request is given up. */
  readonly timeout?: number
  /** Shared by all requests to this server. */
  readonly circuit?: Circuit
}

export interface FhirRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Below the base; or the whole address of a page that the server named. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Doing it twice does no harm: reading, conditional creates, updates with If-Match. */
  readonly repeatable: boolean
}

export interface FhirAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

const CODES: Record<number, IssueCode> = {
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  409: 'conflict',
  410: 'deleted',
  412: 'conflict',
  413: 'too-long',
  501: 'not-supported',
}

/**
 * Sends one request; again while the fault is one that may pass and repeating is safe (`Retry-After` is honoured), and once with a fresh token after a 401.
 * Throws AssessmentError: `transient`, `login`, `forbidden`, `not-found`, `deleted`, `conflict`, `too-long`, `not-supported`, else `processing`; the server's
 * OperationOutcome is the `cause`, and no part of it but codes and element names stands in the message.
 */
export async function sendRequest(connection: Connection, request: FhirRequest): Promise<FhirAnswer> {
  const { attempts = 4, delay } = connection
  return withRetries({ attempts: request.repeatable ? attempts : 1, delay }, () => sendAuthorized(connection, request))
}

async function sendAuthorized(connection: Connection, request: FhirRequest): Promise<FhirAnswer> {
  const { accessToken, circuit } = connection
  const token = await accessToken?.({ fresh: false })
  const send = (bearer: string | undefined) =>
    circuit === undefined ? sendOnce(connection, request, bearer) : circuit.run(() => sendOnce(connection, request, bearer))
  try {
    return await send(token)
  } catch (error) {
    if (!(error instanceof AssessmentError && error.code === 'login') || accessToken === undefined) throw error
    return send(await accessToken({ fresh: true, ...(token !== undefined && { rejected: token }) }))
  }
}

async function sendOnce({ baseUrl, timeout = 30_000 }: Connection, request: FhirRequest, token: string | undefined): Promise<FhirAnswer> {
  const headers = {
    accept: 'application/fhir+json',
    ...(request.body !== undefined && { 'content-type': 'application/fhir+json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...request.headers,
  }
  const sent = fetch(addressOf(baseUrl, request.path), {
    method: request.method,
    headers,
    ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
    signal: AbortSignal.timeout(timeout),
    cache: 'no-store',
    redirect: 'manual',
  })
  const answer = await sent.catch((cause: unknown) => {
    throw new TransientError('The FHIR server gave no answer', { cause })
  })
  return readAnswer(answer)
}

/** The address below the base. A page link to anywhere else is refused: our token goes to the server it was given for. */
function addressOf(baseUrl: string, path: string): string {
  const address = /^https?:/.test(path) ? path : `${baseUrl}${path}`
  if (address === baseUrl || address.startsWith(`${baseUrl}/`) || address.startsWith(`${baseUrl}?`)) return address
  throw new AssessmentError('processing', 'The FHIR server names an address outside of its base')
}

async function readAnswer(answer: Response): Promise<FhirAnswer> {
  const text = await answer.text().catch((cause: unknown) => {
    throw new TransientError('The FHIR server broke off its answer', { cause })
  })
  const { status, headers } = answer
  const body = jsonOf(text)
  if (!answer.ok) throw failureOf(status, headers, body)
  if (text === '' || body !== undefined) return { status, headers, body }
  // Half of an answer calls itself JSON; a page of a proxy does not, and will be the same next time.
  if (headers.get('content-type')?.includes('json')) throw new TransientError('The FHIR server broke off its answer', { status })
  throw new AssessmentError('processing', `The FHIR server answered ${status} with no JSON`)
}

export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function failureOf(status: number, headers: Headers, body: unknown): AssessmentError {
  if (status === 0 || (status >= 300 && status < 400))
    return new AssessmentError('processing', 'The FHIR server sends us to another address: use that one as its base')
  const reasons = isOutcome(body) ? body.issue.map(({ code, expression }) => [code, ...(expression ?? [])].join(' ')).slice(0, 5) : []
  const message = `The FHIR server answered ${status}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`
  if (MAY_PASS.has(status)) return new TransientError(message, { retryAfter: retryAfterOf(headers), status, cause: body })
  return new AssessmentError(CODES[status] ?? 'processing', message, { cause: body })
}

const isOutcome = (body: unknown): body is OperationOutcome =>
  typeof body === 'object' &&
  body !== null &&
  'resourceType' in body &&
  body.resourceType === 'OperationOutcome' &&
  'issue' in body &&
  Array.isArray(body.issue)
