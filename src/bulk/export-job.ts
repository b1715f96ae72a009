import { setTimeout as sleep } from 'node:timers/promises'
import { openAnswer } from '../ehr/open-answer.ts'
import type { Connection } from '../ehr/request.ts'
import { retryAfterOf, TransientError, withRetries } from '../ehr/retry.ts'
import { AssessmentError } from '../errors.ts'
import { type Manifest, manifestOf } from './manifest.ts'

export interface ExportOrder {
  /** Logical id of a Group; absent: all patients. */
  readonly group?: string | undefined
  /** FHIR instant: only what was changed since. */
  readonly since?: string | undefined
}

export interface Waiting {
  readonly signal?: AbortSignal | undefined
  /** What the server says of how far it is. */
  readonly show?: ((progress: string) => void) | undefined
  /** Milliseconds before poll n + 1, where the server does not say. */
  readonly delay?: (poll: number) => number
}

const JSON_TYPE = { accept: 'application/fhir+json' }
const LONGEST_WAIT = 10 * 60_000
/** Polls in a row that may fail. */
const MOST_FAILURES = 8

/**
 * Asks for an export of responses and gives the address where it is to be waited for. Servers that export a system and not its patients are asked for that. Throws
 * AssessmentError, `not-supported` where there is none to be had.
 * @see https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-kick-off-request
 */
export async function startExport(connection: Connection, { group, since }: ExportOrder): Promise<string> {
  const query = new URLSearchParams({ _type: 'QuestionnaireResponse', ...(since !== undefined && { _since: since }) })
  const levels = group === undefined ? ['/Patient/$export', '/$export'] : [`/Group/${encodeURIComponent(group)}/$export`]
  for (const level of levels) {
    try {
      return await kickOff(connection, `${connection.baseUrl}${level}?${query}`)
    } catch (error) {
      if (!(error instanceof AssessmentError && NOT_THERE.has(error.code))) throw error
    }
  }
  throw new AssessmentError(
    'not-supported',
    group === undefined ? 'The FHIR server has no $export' : 'The FHIR server exports no such Group',
  )
}

const NOT_THERE: ReadonlySet<string> = new Set(['not-found', 'not-supported'])

async function kickOff(connection: Connection, address: string): Promise<string> {
  const headers = { ...JSON_TYPE, prefer: 'respond-async' }
  const answer = await withRetries({ attempts: connection.attempts ?? 4, delay: connection.delay }, () =>
    openAnswer(connection, { address, headers, isPrivate: true }),
  )
  await answer.body?.cancel()
  const location = answer.headers.get('content-location')
  if (answer.status !== 202 || location === null)
    throw new AssessmentError('processing', `The FHIR server began no export: it answered ${answer.status} without a place to wait at`)
  return sameOrigin(connection, new URL(location, address).href)
}

/** Our token goes to the server that it was given for. */
function sameOrigin({ baseUrl }: Connection, address: string): string {
  if (new URL(address).origin === new URL(baseUrl).origin) return address
  throw new AssessmentError('processing', 'The FHIR server would have us wait for the export at another server')
}

/** Waits until the export is made; as long as the server asks between two looks, else longer and longer. Throws `not-found` when the server no longer knows it. */
export async function awaitExport(connection: Connection, address: string, waiting: Waiting = {}): Promise<Manifest> {
  const { signal, show, delay = backOff } = waiting
  for (let poll = 1, failures = 0; ; poll++) {
    const wait = await lookAt(connection, sameOrigin(connection, address), waiting).catch((error: unknown) => {
      failures = error instanceof TransientError && error.status !== 429 ? failures + 1 : failures
      if (!(error instanceof TransientError) || failures > MOST_FAILURES) throw error
      return { after: error.retryAfter, progress: undefined }
    })
    if ('manifest' in wait) return wait.manifest
    if (wait.progress !== undefined) {
      failures = 0
      show?.(wait.progress)
    }
    await sleep(Math.min(LONGEST_WAIT, wait.after ?? delay(poll)), undefined, { ...(signal && { signal }) })
  }
}

const backOff = (poll: number): number => Math.min(60_000, 1_000 * 1.5 ** poll)

type Look = { readonly manifest: Manifest } | { readonly after: number | undefined; readonly progress: string | undefined }

async function lookAt(connection: Connection, address: string, { signal }: Waiting): Promise<Look> {
  const answer = await openAnswer(connection, { address, headers: { accept: 'application/json' }, isPrivate: true, signal })
  if (answer.status !== 202) return { manifest: manifestOf(await bodyOf(answer)) }
  await answer.body?.cancel()
  return { after: retryAfterOf(answer.headers), progress: printable(answer.headers.get('x-progress') ?? '') }
}

const bodyOf = (answer: Response): Promise<unknown> =>
  answer.json().catch((cause: unknown) => {
    throw new TransientError('The FHIR server broke off its answer', { cause, status: answer.status })
  })

/** It goes to a terminal. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 100)

/** Tells the server that its files are no longer needed; it does not matter whether it hears. */
export async function endExport(connection: Connection, address: string): Promise<void> {
  const opening = { address, method: 'DELETE' as const, headers: JSON_TYPE, isPrivate: true }
  await openAnswer(connection, opening).then(
    (answer) => answer.body?.cancel(),
    () => undefined,
  )
}
