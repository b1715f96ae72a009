import { type DestinationStream, pino } from 'pino'
import type { IssueCode } from './errors.ts'

/**
 * All that may be logged. There is no free text and no request body in it, so answers, names and tokens cannot get into a log;
 * `route` is the pattern of a route, because an address may hold a patient's id.
 */
export type LogEvent =
  | { readonly event: 'started'; readonly url: string }
  | { readonly event: 'stopped' }
  | {
      readonly event: 'request'
      readonly requestId: string
      readonly method: string
      readonly route: string
      readonly status: number
      readonly milliseconds: number
      readonly clientId?: string
    }
  | { readonly event: 'refused'; readonly requestId: string; readonly code: IssueCode }
  /** Something that should not happen: the kind of error and where in the code, without its message, which may quote anything. */
  | { readonly event: 'fault'; readonly requestId: string; readonly name: string; readonly at: string }
  | {
      readonly event: 'scored'
      readonly requestId: string
      readonly responses: number
      readonly refused: number
      readonly immediate: number
    }

  /** A notification was kept: how many jobs it asked for, and how many of them were new. */
  | {
      readonly event: 'notified'
      readonly requestId: string
      readonly tenant: string
      readonly type: string
      readonly jobs: number
      readonly fresh: number
    }
  /** A job of the queue came to an end, or to another try. `result` is an outcome, or the code of what failed. */
  | {
      readonly event: 'job'
      readonly jobId: number
      readonly kind: string
      readonly end: 'done' | 'retry' | 'dead' | 'postponed' | 'lost'
      readonly result: string
      readonly milliseconds: number
    }

export type Log = (level: 'info' | 'warn' | 'error', event: LogEvent) => void

export const NO_LOG: Log = () => undefined

/** One JSON line per event. */
export function createLog(level: 'debug' | 'info' | 'warn' | 'error' | 'silent', destination: DestinationStream): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    destination,
  )
  return (severity, event) => logger[severity](event)
}

/** The name of a thrown value and the place in the code that threw it. */
export function faultOf(error: unknown): { readonly name: string; readonly at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: '' }
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  return {
    name: error.name,
    at: frames
      .slice(0, 3)
      .map((line) => line.trim())
      .join(' < '),
  }
}
