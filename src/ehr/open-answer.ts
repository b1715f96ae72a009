import { AssessmentError } from '../errors.ts'
import { type Connection, failureOf, jsonOf } from './request.ts'
import { TransientError } from './retry.ts'

export interface Opening {
  readonly address: string
  readonly method?: 'GET' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  /** Whether our token goes with it. */
  readonly isPrivate: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * One answer whose body is still to be read, from an address that the server has named; once more with a fresh token after a 401. Throws as `sendRequest` does. A
 * redirection is not followed: the token would go along.
 */
export async function openAnswer(connection: Connection, opening: Opening): Promise<Response> {
  const accessToken = opening.isPrivate ? connection.accessToken : undefined
  const token = await accessToken?.({ fresh: false })
  try {
    return await openOnce(opening, token, connection.timeout)
  } catch (error) {
    if (!(error instanceof AssessmentError && error.code === 'login') || accessToken === undefined) throw error
    const fresh = await accessToken({ fresh: true, ...(token !== undefined && { rejected: token }) })
    return openOnce(opening, fresh, connection.timeout)
  }
}

async function openOnce({ address, method = 'GET', headers, signal }: Opening, token: string | undefined, timeout = 30_000) {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), timeout)
  const answer = await fetch(address, {
    method,
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    signal: signal === undefined ? patience.signal : AbortSignal.any([patience.signal, signal]),
    cache: 'no-store',
    redirect: 'manual',
  })
    .catch((cause: unknown) => {
      throw new TransientError('The FHIR server gave no answer', { cause })
    })
    .finally(() => clearTimeout(timer))
  if (answer.ok) return answer
  throw failureOf(answer.status, answer.headers, jsonOf(await answer.text().catch(() => '')))
}
