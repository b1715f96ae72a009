import type { RequestHandler } from 'express'
import { AssessmentError } from '../../errors.ts'
import { type CdsOptions, feedbackUrl } from './cds-service.ts'

/** What a clinician did with one card. Her or his comment is not kept: it may name anybody. */
export interface CardFeedback {
  readonly issuer: string
  readonly card: string
  readonly outcome: 'accepted' | 'overridden'
  readonly outcomeTimestamp: string
  /** Code of the reason, where one was chosen. */
  readonly reason?: string
}

/** Keeps it; when it returns it is kept. The same feedback twice is one. */
export type StoreFeedback = (feedback: readonly CardFeedback[]) => void | Promise<void>

const MOST = 100

/** `POST …/feedback`. Throws `structure` naming the entry that cannot be read; then nothing is kept. @see https://cds-hooks.hl7.org/2.0/#feedback */
export function receiveFeedback(options: CdsOptions): RequestHandler {
  return async (req, res) => {
    const { issuer } = await options.verify(req.headers.authorization, feedbackUrl(options))
    const { feedback } = (typeof req.body === 'object' && req.body !== null ? req.body : {}) as { feedback?: unknown }
    if (!Array.isArray(feedback) || feedback.length === 0 || feedback.length > MOST)
      throw new AssessmentError('structure', `The body must hold feedback, a list of 1 to ${MOST}`)
    await options.storeFeedback(feedback.map((one: unknown, index) => feedbackOf(issuer, one, index)))
    res.status(200).json({})
  }
}

function feedbackOf(issuer: string, value: unknown, index: number): CardFeedback {
  const { card, outcome, outcomeTimestamp, overrideReason } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const isFine =
    typeof card === 'string' &&
    /^[0-9a-f-]{1,64}$/i.test(card) &&
    (outcome === 'accepted' || outcome === 'overridden') &&
    typeof outcomeTimestamp === 'string' &&
    outcomeTimestamp.length <= 64 &&
    !Number.isNaN(Date.parse(outcomeTimestamp))
  if (!isFine)
    throw new AssessmentError('structure', `feedback[${index}] needs card, outcome (accepted or overridden) and outcomeTimestamp`)
  const code = (overrideReason as { reason?: { code?: unknown } } | undefined)?.reason?.code
  return { issuer, card, outcome, outcomeTimestamp, ...(typeof code === 'string' && { reason: code.slice(0, 64) }) }
}
