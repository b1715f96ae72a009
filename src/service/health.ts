import type { RequestHandler } from 'express'

/** Throws, or says no by `false`, when something the service cannot do without is missing. */
export type HealthCheck = () => unknown
export type HealthChecks = Readonly<Record<string, HealthCheck>>

const KEPT_MS = 5_000
const PATIENCE_MS = 5_000

/** `GET /health/live`: the process answers. */
export const answerLive: RequestHandler = (_req, res) => {
  res.set('Cache-Control', 'no-store').json({ status: 'live' })
}

/**
 * `GET /health/ready`: whether work can be done now: each check by its name, and no reason, since everybody may ask. 503 where one fails. Asked again and again, the
 * checks run at most every five seconds, and none is waited for longer than that.
 */
export function answerReady(checks: HealthChecks, now: () => number = Date.now): RequestHandler {
  let known: { readonly at: number; readonly states: Promise<Record<string, string>> } | undefined
  return async (_req, res) => {
    if (known === undefined || now() - known.at > KEPT_MS) known = { at: now(), states: statesOf(checks) }
    const states = await known.states
    const isReady = Object.values(states).every((state) => state === 'ok')
    res
      .status(isReady ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status: isReady ? 'ready' : 'not-ready', checks: states })
  }
}

async function statesOf(checks: HealthChecks): Promise<Record<string, string>> {
  const entries = Object.entries(checks).map(async ([name, check]) => [name, (await passes(check)) ? 'ok' : 'failed'])
  return Object.fromEntries(await Promise.all(entries))
}

async function passes(check: HealthCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS)
  })
  try {
    return (await Promise.race([(async () => check())(), late])) !== false
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
