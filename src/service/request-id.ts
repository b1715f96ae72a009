import { randomUUID } from 'node:crypto'
import type { RequestHandler, Response } from 'express'
import type { AccessToken } from '../ehr/verify-token.ts'
import type { Log } from '../log.ts'
import { type Metrics, NO_METRICS } from '../metrics.ts'

/** Names each call in `X-Request-Id` (the caller's own name for it where that is plain text), logs and counts how it ended. */
export function nameRequest(log: Log, now: () => Date, metrics: Metrics = NO_METRICS): RequestHandler {
  return (req, res, next) => {
    const given = req.headers['x-request-id']
    const requestId = typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
    const [started, exactly] = [now().getTime(), performance.now()]
    res.locals.requestId = requestId
    res.setHeader('X-Request-Id', requestId)
    res.on('finish', () => {
      const clientId = (res.locals.token as AccessToken | undefined)?.clientId
      const route = String((req.route as { path?: unknown } | undefined)?.path ?? 'none')
      const what = { requestId, method: req.method, route, status: res.statusCode, milliseconds: now().getTime() - started }
      metrics.request({ method: req.method, route, status: res.statusCode, seconds: (performance.now() - exactly) / 1000 })
      log('info', { event: 'request', ...what, ...(clientId !== undefined && { clientId }) })
    })
    next()
  }
}

/** The name of the request that this answers, given by `nameRequest`. */
export const requestIdOf = (res: Response): string => String(res.locals.requestId)
