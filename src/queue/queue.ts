/** Work to be done, as data. What is kept of it lies on disk and is shown to operators: ids and codes only, never answers or names. */
export interface Order {
  /** What kind of work it is. */
  readonly kind: string
  /** Two orders of one key are the same order. */
  readonly key: string
  /** How long a key is remembered: `ever` also when the work is done or dead, `waiting` until somebody has taken it. */
  readonly once: 'ever' | 'waiting'
  /** Orders of one lane are never worked on at the same time, in whichever process. */
  readonly lane: string
  readonly content: Readonly<Record<string, string | number>>
  /** Not before this time, milliseconds since 1970; absent: at once. */
  readonly due?: number
}

export const STATES = ['waiting', 'taken', 'done', 'dead'] as const
export type State = (typeof STATES)[number]

/** One order as the queue holds it. */
export interface Job extends Order {
  readonly id: number
  readonly state: State
  readonly due: number
  /** When it was ordered. */
  readonly sent: number
  /** How often it was tried and failed. */
  readonly failures: number
  /** How often it was taken since then; above 1 where a process died over it. */
  readonly takes: number
  /** Why it failed last, or what came of it. */
  readonly reason?: string
}

/** A job that this worker alone may finish, as long as its lease lasts. */
export interface TakenJob extends Job {
  readonly lease: string
}

export interface Counts extends Readonly<Record<State, number>> {
  /** Since when the oldest job that could be worked on has been waiting, milliseconds since 1970. */
  readonly waitingSince?: number
}

/**
 * Durable work: what `send` has answered is kept, and is given out again and again until somebody says that it is done (at least once, so that
 * the work must be such that doing it twice does no harm). One interface for all engines; SQLite is the one that needs nothing installed.
 */
export interface Queue {
  /** Keeps all of them or none; returns how many were new. */
  send(orders: readonly Order[]): Promise<number>
  /** The next job that is due, for so many milliseconds; undefined when there is none. */
  take(lease: number): Promise<TakenJob | undefined>
  /** Keeps a job for longer. False: the lease had run out, and another may have it by now. */
  extend(job: TakenJob, lease: number): Promise<boolean>
  /**
   * The three ends of a lease, and giving it back as if it had never been taken (perhaps for later). All say false when the lease was no longer
   * ours. `also`: what was done with it is this order too, and need not be done again. */
  done(job: TakenJob, result: string, also?: Order): Promise<boolean>
  retry(job: TakenJob, reason: string, due: number): Promise<boolean>
  bury(job: TakenJob, reason: string): Promise<boolean>
  giveBack(job: TakenJob, due?: number): Promise<boolean>

  /** Oldest first. */
  list(state?: State): Promise<readonly Job[]>
  /** Dead or waiting jobs are due now, their failures forgotten; returns how many. */
  revive(ids: readonly number[]): Promise<number>
  /** Forgets jobs that nobody is working on; returns how many. */
  drop(ids: readonly number[]): Promise<number>
  counts(): Promise<Counts>
  /** Forgets what was done before this time. */
  forget(before: number): Promise<void>
}
