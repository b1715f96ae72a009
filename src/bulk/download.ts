import { setTimeout as sleep } from 'node:timers/promises'
import { openAnswer } from '../ehr/open-answer.ts'
import type { Connection } from '../ehr/request.ts'
import { TransientError } from '../ehr/retry.ts'
import { AssessmentError } from '../errors.ts'

export interface Download {
  readonly url: string
  /** Whether our token goes with it: as the manifest says, and never unencrypted to another server. */
  readonly isPrivate: boolean
  readonly signal?: AbortSignal | undefined
}

const backOff = (attempt: number): number => Math.min(60_000, 250 * 2 ** attempt)

/**
 * The bytes of a file, as they come. A download that breaks off goes on where it was: by a range where the server gives ranges, else what was read already is passed
 * over. A file that has changed meanwhile is refused (`conflict`): half of each is neither.
 */
export async function* download(connection: Connection, { url, isPrivate, signal }: Download): AsyncGenerator<Uint8Array> {
  const { attempts = 4, delay = backOff } = connection
  if (isPrivate) checkPrivate(connection, url)
  let read = 0
  let first: Response | undefined
  for (let attempt = 1; ; attempt++) {
    const before = read
    try {
      const answer = await openAnswer(connection, { address: url, headers: { ...NDJSON, ...rangeFrom(read, first) }, isPrivate, signal })
      first ??= answer
      checkSame(first, answer)
      for await (const chunk of restOf(answer, read)) {
        read += chunk.length
        yield chunk
      }
      return
    } catch (error) {
      const failure = isBroken(error) ? new TransientError('The FHIR server broke off a file', { cause: error }) : error
      attempt = read > before ? 1 : attempt
      if (!(failure instanceof TransientError) || signal?.aborted === true || attempt >= attempts) throw failure
      await sleep(failure.retryAfter ?? delay(attempt))
    }
  }
}

const NDJSON = { accept: 'application/fhir+ndjson' }

/** What `fetch` throws when a body ends early. */
const isBroken = (error: unknown): boolean => error instanceof TypeError || (error instanceof Error && error.name === 'AbortError')

function checkPrivate({ baseUrl }: Connection, url: string): void {
  const { protocol, origin } = new URL(url)
  if (protocol === 'https:' || origin === new URL(baseUrl).origin) return
  throw new AssessmentError('processing', 'The FHIR server would have our token sent to another server without encryption')
}

/** Ranges count the bytes as they travel: of a compressed file we know only what came out. */
function rangeFrom(read: number, first: Response | undefined): Record<string, string> {
  if (read === 0 || first === undefined || first.headers.has('content-encoding')) return {}
  const etag = first.headers.get('etag')
  return { range: `bytes=${read}-`, ...(etag?.startsWith('"') && { 'if-range': etag }) }
}

function checkSame(first: Response, answer: Response): void {
  const [one, other] = [first, answer].map(({ headers }) => headers.get('etag') ?? headers.get('last-modified'))
  if (one !== other) throw new AssessmentError('conflict', 'A file of the export has changed while it was read')
}

/** The body without what was read of it before. */
async function* restOf({ status, headers, body }: Response, read: number): AsyncGenerator<Uint8Array> {
  const start = status === 206 ? Number(/^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1]) : 0
  if (Number.isNaN(start) || start > read)
    throw new AssessmentError('processing', 'The FHIR server gives another range of a file than was asked for')
  let passed = start
  for await (const chunk of body ?? []) {
    const skipped = Math.min(chunk.length, Math.max(0, read - passed))
    passed += chunk.length
    if (skipped < chunk.length) yield chunk.subarray(skipped)
  }
}
