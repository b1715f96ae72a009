import { createHash, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import type { TokenVerifier } from '../ehr/verify-token.ts'
import { AssessmentError } from '../errors.ts'
import { METRICS_TYPE, type Metrics } from '../metrics.ts'

/** `GET /metrics` for whoever may reach it: a listener of its own. */
export function answerMetrics(metrics: Metrics): RequestHandler {
  return async (_req, res) => {
    res
      .type(METRICS_TYPE)
      .set('Cache-Control', 'no-store')
      .send(await metrics.text())
  }
}

/** Lets a call pass that brings the scraper's own token, or an access token with a `system/` scope. Throws `login`, `expired` or `forbidden`. */
export function mayReadMetrics(verify: TokenVerifier, token: string | undefined): RequestHandler {
  return async (req, _res, next) => {
    const { authorization } = req.headers
    if (token !== undefined && isSame(authorization ?? '', `Bearer ${token}`)) return next()
    const { scope } = await verify(authorization)
    if (!/(?:^| )system\//.test(scope)) throw new AssessmentError('forbidden', 'The token needs a system/ scope')
    next()
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))
