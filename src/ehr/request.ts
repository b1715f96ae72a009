import type { OperationOutcome } from 'fhir/r4.js'
import { AssessmentError, type IssueCode } from '../errors.ts'

/** How a FHIR server is reached. What waits and what asks for tokens comes in, so that tests neither wait nor log in. */
export interface Connection {
  /** Without a slash at the end. */
  readonly baseUrl: string
  /** The bearer token; `fresh` after a 401, when the one given before no longer holds. */
  readonly accessToken?: (options: { readonly fresh: boolean }) => string | undefined | Promise<string | undefined>
  /** How often a request is tried that may be repeated. */
  readonly attempts?: number
  /** Milliseconds to wait before try n + 1. */
  readonly delay?: (attempt: number) => number
  /** Milliseconds until an unanswered request is given up. */
  readonly timeout?: number
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

const MAY_PASS = new Set([408, 425, 429, 500, 502, 503, 504])
const CODES: Record<number, IssueCode> = {
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'deleted',
  412: 'conflict',
  413: 'too-long',
}
const LONGEST_WAIT = 60_000

const backOff = (attempt: number): number => Math.min(LONGEST_WAIT, 250 * 2 ** attempt) * (0.5 + Math.random() / 2)
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** A failed answer that may be different next time, and when the server wants to be asked. */
class Passing extends AssessmentError {
  readonly retryAfter: number | undefined

  constructor(message: string, retryAfter?: number, options?: ErrorOptions) {
    super('transient', message, options)
    this.retryAfter = retryAfter
  }
}

/**
 * Sends one request; again while the fault is one that may pass and repeating is safe (`Retry-After` is honoured), and once with a fresh token after a 401.
 * Throws AssessmentError: `transient`, `login`, `forbidden`, `not-found`, `deleted`, `conflict`, `too-long`, else `processing`; the server's
 * OperationOutcome is the `cause`, and no part of it stands in the message.
 */
export async function sendRequest(connection: Connection, request: FhirRequest): Promise<FhirAnswer> {
  const { attempts = 4, delay = backOff } = connection
  for (let attempt = 1, fresh = false; ; attempt++) {
    try {
      return await sendOnce(connection, request, fresh)
    } catch (error) {
      const expired: boolean = error instanceof AssessmentError && error.code === 'login' && !fresh && connection.accessToken !== undefined
      const mayPass = error instanceof Passing && request.repeatable && attempt < attempts
      if (!expired && !mayPass) throw error
      fresh ||= expired
      if (mayPass) await sleep(error.retryAfter ?? delay(attempt))
    }
  }
}

async function sendOnce(connection: Connection, request: FhirRequest, fresh: boolean): Promise<FhirAnswer> {
  const { baseUrl, timeout = 30_000 } = connection
  const url = addressOf(baseUrl, request.path)
  const token = await connection.accessToken?.({ fresh })
  const headers = {
    accept: 'application/fhir+json',
    ...(request.body !== undefined && { 'content-type': 'application/fhir+json' }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...request.headers,
  }
  const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) }
  const sent = fetch(url, {
    method: request.method,
    headers,
    ...body,
    signal: AbortSignal.timeout(timeout),
    cache: 'no-store',
    redirect: 'error',
  })
  const answer = await sent.catch((cause: unknown) => {
    throw new Passing('The FHIR server gave no answer', undefined, { cause })
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
    throw new Passing('The FHIR server broke off its answer', undefined, { cause })
  })
  const { status, headers } = answer
  const body = jsonOf(text)
  if (!answer.ok) throw failureOf(status, headers, body)
  if (text !== '' && body === undefined) throw new AssessmentError('processing', `The FHIR server answered ${status} with no JSON`)
  return { status, headers, body }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function failureOf(status: number, headers: Headers, body: unknown): AssessmentError {
  const reasons = isOutcome(body) ? body.issue.map(({ code, expression }) => [code, ...(expression ?? [])].join(' ')).slice(0, 5) : []
  const message = `The FHIR server answered ${status}${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`
  if (MAY_PASS.has(status)) return new Passing(message, retryAfterOf(headers), { cause: body })
  return new AssessmentError(CODES[status] ?? 'processing', message, { cause: body })
}

const isOutcome = (body: unknown): body is OperationOutcome =>
  typeof body === 'object' &&
  body !== null &&
  'resourceType' in body &&
  body.resourceType === 'OperationOutcome' &&
  'issue' in body &&
  Array.isArray(body.issue)

/** `Retry-After` in milliseconds: seconds or a date; at most a minute is waited for. */
function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.min(LONGEST_WAIT, Math.max(0, milliseconds))
}
