import { AssessmentError } from '../errors.ts'

/** Where somebody is told who sits at no screen of ours: a pager's or a chat's webhook. */
export interface AlertHook {
  readonly url: string
  /** Sent as a bearer token; absent: the address alone is the secret. */
  readonly token?: string | undefined
}

/** What is told. Ids and codes only: who she is and what she answered is read in the record. */
export interface AlertMessage {
  readonly type: 'immediate' | 'escalation' | 'test'
  readonly text: string
  readonly tenant?: string
  readonly fhirBaseUrl?: string
  /** `QuestionnaireResponse/<id>`. */
  readonly response?: string
  readonly since?: string
  /** Days from the answer to its arrival, where that was late. */
  readonly daysLate?: number
  /** Of a test: what the recipient reads out. */
  readonly code?: string
}

const TIMEOUT = 10_000

/** Tells it. Throws `transient` where it was not accepted: the caller tries again, and the recipient may hear it twice. */
export async function sendAlert({ url, token }: AlertHook, message: AlertMessage): Promise<void> {
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  const sent = { method: 'POST', headers, body: JSON.stringify(message), redirect: 'error' as const, signal: AbortSignal.timeout(TIMEOUT) }
  const answer = await fetch(url, sent).catch((cause: unknown) => {
    throw new AssessmentError('transient', 'The alert webhook gave no answer', { cause })
  })
  await answer.body?.cancel()
  if (!answer.ok) throw new AssessmentError('transient', `The alert webhook answered ${answer.status}`)
}
