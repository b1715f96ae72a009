import { AssessmentError, type IssueCode } from '../errors.ts'
import { faultOf } from '../log.ts'
import type { Job } from '../queue/queue.ts'

/** What is to become of a job whose work threw. */
export interface Verdict {
  /** When to try again; absent: never, the job is dead. */
  readonly due?: number
  /** Shown to operators: a code and our own words. */
  readonly reason: string
  readonly code: IssueCode
}

const SECOND = 1_000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

/** What a hospital's night, a weekend without its server or a mistake in its settings can bring about: tried for three days. */
const MAY_PASS: ReadonlySet<IssueCode> = new Set(['transient', 'throttled', 'login', 'expired', 'forbidden'])
const PATIENCE = 3 * DAY
const MOST_FAILURES = 5
/** Processes that died over one job before it is believed to be the job's fault. */
const MOST_TAKES = 30

/** Whether and when a failed job is tried again. Waits double from one second up to a quarter of an hour, each shortened by chance, up to half. */
export function verdictOf(error: unknown, job: Job, now: number, random: () => number = Math.random): Verdict {
  const { code, reason } = reasonOf(error)
  const isHopeful = MAY_PASS.has(code) ? now - job.sent < PATIENCE : job.failures + 1 < MOST_FAILURES
  if (!isHopeful) return { code, reason }
  const wait = Math.min(15 * MINUTE, SECOND * 2 ** Math.min(job.failures, 20))
  return { code, reason, due: Math.round(now + wait * (0.5 + random() / 2)) }
}

/** Messages of ours name codes and elements; those of others may quote anything and stay out. */
function reasonOf(error: unknown): { readonly code: IssueCode; readonly reason: string } {
  if (error instanceof AssessmentError) return { code: error.code, reason: `${error.code}: ${error.message}` }
  const { name, at } = faultOf(error)
  return { code: 'exception', reason: `exception: ${name}${at === '' ? '' : ` ${at}`}` }
}

export const isPoison = ({ takes }: Job): boolean => takes > MOST_TAKES
export const POISON = `exception: taken more than ${MOST_TAKES} times, and the process ended each time before it was done`
