import { AssessmentError } from '../errors.ts'

/** A failure that may be gone next time, and when the server wants to be asked again, if it says so (milliseconds from its answer). */
export class TransientError extends AssessmentError {
  readonly retryAfter: number | undefined
  /** HTTP status; absent when there was no whole answer. */
  readonly status: number | undefined

  constructor(
    message: string,
    { retryAfter, status, ...options }: ErrorOptions & { retryAfter?: number | undefined; status?: number } = {},
  ) {
    super('transient', message, options)
    this.retryAfter = retryAfter
    this.status = status
  }
}

/** Nothing was sent: the server has been down for a while. Waiting in place would only keep the caller. */
export class ServerDown extends TransientError {}

export interface Retries {
  readonly attempts: number
  /** Milliseconds to wait before try n + 1. */
  readonly delay?: ((attempt: number) => number) | undefined
}

/** Statuses after which the same request may succeed. */
export const MAY_PASS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])
const LONGEST_WAIT = 60_000

const backOff = (attempt: number): number => Math.min(LONGEST_WAIT, 250 * 2 ** attempt) * (0.5 + Math.random() / 2)
const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * Does it again while it fails with TransientError, waiting twice as long each time, less a random part, or as long as the server asks. One that asks for more
 * than a minute is not waited for: the error goes to whoever can come back later, with `retryAfter` in it.
 */
export async function withRetries<Result>({ attempts, delay = backOff }: Retries, once: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once()
    } catch (error) {
      const passes = error instanceof TransientError && !(error instanceof ServerDown) && (error.retryAfter ?? 0) <= LONGEST_WAIT
      const worthIt = passes && attempt < attempts
      if (!worthIt) throw error
      await sleep(error.retryAfter ?? delay(attempt))
    }
  }
}

/** `Retry-After` in milliseconds: seconds or a date. @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
export function retryAfterOf(headers: Headers): number | undefined {
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}
