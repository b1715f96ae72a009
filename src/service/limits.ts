import type { Request, RequestHandler, Response } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import type { AccessToken } from '../ehr/verify-token.ts'
import { AssessmentError } from '../errors.ts'

/** How often a caller may call, in one minute and one process. */
export interface Limits {
  /** Of one client. */
  readonly callsPerMinute: number
  /** Calls of one address that are not let in: guessing tokens is slow. */
  readonly refusedPerMinute: number
}

export const DEFAULT_LIMITS: Limits = { callsPerMinute: 12_000, refusedPerMinute: 300 }

const MINUTE = 60_000

/** Answers `throttled` (429, with Retry-After) to an address that keeps coming with tokens that are not accepted. Stands before the token check. */
export const limitRefusals = ({ refusedPerMinute }: Limits): RequestHandler =>
  limiter(refusedPerMinute, (req) => ipKeyGenerator(req.ip ?? ''), {
    skipSuccessfulRequests: true,
    requestWasSuccessful: (_req: Request, res: Response) => res.statusCode !== 401,
  })

/** Answers `throttled` to a client that calls too often; each has a share of its own. Stands behind the token check. */
export const limitCalls = ({ callsPerMinute }: Limits): RequestHandler =>
  limiter(callsPerMinute, (_req, res) => {
    const { issuer, clientId } = res.locals.token as AccessToken
    return `${issuer} ${clientId}`
  })

function limiter(limit: number, keyGenerator: (req: Request, res: Response) => string, more: object = {}): RequestHandler {
  return rateLimit({
    windowMs: MINUTE,
    limit,
    keyGenerator,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Behind a proxy all calls come from one address; which to believe is for the proxy's owner to say (`trust proxy`).
    validate: { xForwardedForHeader: false, trustProxy: false },
    handler: (_req, _res, next) => next(new AssessmentError('throttled', 'Too many calls: come back when Retry-After says')),
    ...more,
  })
}
