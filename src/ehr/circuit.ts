import { ServerDown, TransientError } from './retry.ts'

/** Stands between us and one server: while the server is down nobody waits for it, and nobody adds to its load. */
export interface Circuit {
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>
  /** `open`: nothing is sent; `half-open`: one request is out to see whether the server is back. */
  readonly state: () => 'closed' | 'open' | 'half-open'
}

interface CircuitOptions {
  /** Failures in a row after which it opens. */
  readonly failures?: number
  /** Milliseconds until one request may try again. */
  readonly openFor?: number
  readonly now?: () => number
}

/** Down, not busy and not displeased: 429 asks for patience, and a 500 may be about that one request. */
const isDown = (error: unknown): error is TransientError =>
  error instanceof TransientError && (error.status === undefined || [502, 503, 504].includes(error.status))

/**
 * Opens after so many failures in a row (no answer, 502, 503, 504), lets one probe through after a while, and closes when that is answered.
 * While open it throws ServerDown at once; `retryAfter` says when the next probe is due.
 */
export function createCircuit({ failures = 8, openFor = 30_000, now = Date.now }: CircuitOptions = {}): Circuit {
  let inARow = 0
  let openUntil = 0
  let probing = false
  const state = () => (inARow < failures ? 'closed' : probing ? 'half-open' : 'open')
  const settle = (error?: unknown): void => {
    probing = false
    inARow = isDown(error) ? inARow + 1 : 0
    if (inARow >= failures) openUntil = now() + Math.max(openFor, (isDown(error) && error.retryAfter) || 0)
  }
  return {
    state,
    async run(work) {
      if (inARow >= failures) {
        if (probing || now() < openUntil)
          throw new ServerDown('The FHIR server is down and is not asked for now', { retryAfter: Math.max(1, openUntil - now()) })
        probing = true
      }
      try {
        const result = await work()
        settle()
        return result
      } catch (error) {
        settle(error)
        throw error
      }
    },
  }
}
