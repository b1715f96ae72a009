import { type Log, NO_LOG } from '../log.ts'
import type { Order, Queue, TakenJob } from '../queue/queue.ts'
import { isPoison, POISON, verdictOf } from './failure.ts'

/** What came of a job, in one word; and which other order is done with it. */
export interface Done {
  readonly result: string
  readonly also?: Order
  /** Done, and yet somebody should look: logged as a warning. */
  readonly isShort?: boolean
}

/** Does one job. Doing it twice does no harm. `signal`: stop, the job is no longer ours. */
export type Work = (job: TakenJob, signal: AbortSignal) => Promise<string | Done>

/** Thrown by work that has nothing to do yet: the job comes again at that time, and nothing has failed. */
export class Postponed extends Error {
  override readonly name = 'Postponed'
  readonly until: number

  constructor(until: number) {
    super('Postponed')
    this.until = until
  }
}

export interface WorkerOptions {
  readonly queue: Queue
  readonly work: Work
  /** Jobs at a time. */
  readonly concurrency?: number
  /** Milliseconds that a job is ours; extended while it lasts. After a crash nobody touches the job for so long. */
  readonly lease?: number
  /** Milliseconds between two looks into an empty queue. */
  readonly pause?: number
  readonly now?: () => number
  readonly log?: Log
}

/** Works off a queue until it is stopped. */
export interface Worker {
  start(): void
  /** There is something new: look now. */
  wake(): void
  /** When nothing is due any more and nothing is being worked on. */
  drained(): Promise<void>
  /** Takes nothing new; waits so many milliseconds for what is under way, and gives the rest back. */
  stop(patience: number): Promise<void>
}

export function createWorker(options: WorkerOptions): Worker {
  return new QueueWorker(options)
}

class QueueWorker implements Worker {
  readonly #options: Required<WorkerOptions>
  readonly #running = new Map<TakenJob, AbortController>()
  readonly #stopped = new AbortController()
  #runners: Promise<void>[] = []
  #idle = 0
  #woken = Promise.withResolvers<void>()
  #emptied = Promise.withResolvers<void>()

  constructor(options: WorkerOptions) {
    this.#options = { concurrency: 4, lease: 30_000, pause: 500, now: Date.now, log: NO_LOG, ...options }
  }

  start(): void {
    this.#runners = Array.from({ length: this.#options.concurrency }, () => this.#run())
  }

  wake(): void {
    this.#woken.resolve()
    this.#woken = Promise.withResolvers()
  }

  drained(): Promise<void> {
    this.#emptied = Promise.withResolvers()
    return this.#emptied.promise
  }

  async stop(patience: number): Promise<void> {
    this.#stopped.abort()
    this.wake()
    const timer = setTimeout(() => void this.#giveAllBack(), patience)
    await Promise.all(this.#runners)
    clearTimeout(timer)
  }

  async #giveAllBack(): Promise<void> {
    for (const [job, controller] of this.#running) {
      await this.#options.queue.giveBack(job)
      controller.abort()
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const job = await this.#take()
      if (job === undefined) await this.#rest()
      else await this.#workOff(job)
    }
  }

  /** A store that cannot be read now (its disk is full, its file locked) is asked again: what is in it is safe. */
  async #take(): Promise<TakenJob | undefined> {
    return this.#options.queue.take(this.#options.lease).catch(() => undefined)
  }

  async #rest(): Promise<void> {
    this.#idle++
    if (this.#idle === this.#options.concurrency) this.#emptied.resolve()
    let timer: ReturnType<typeof setTimeout> | undefined
    const pause = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.pause)
    })
    await Promise.race([pause, this.#woken.promise])
    clearTimeout(timer)
    this.#idle--
  }

  async #workOff(job: TakenJob): Promise<void> {
    const { queue, lease, now } = this.#options
    const started = now()
    const ours = new AbortController()
    this.#running.set(job, ours)
    const heartbeat = setInterval(() => void this.#extend(job, ours), lease / 3)
    try {
      if (isPoison(job)) await queue.bury(job, POISON)
      else await this.#finish(job, ours.signal, started)
    } catch {
      // The store itself failed: the lease runs out, and the job is taken again.
    } finally {
      clearInterval(heartbeat)
      this.#running.delete(job)
    }
  }

  async #extend(job: TakenJob, ours: AbortController): Promise<void> {
    const kept = await this.#options.queue.extend(job, this.#options.lease).catch(() => true)
    if (!kept) ours.abort()
  }

  async #finish(job: TakenJob, signal: AbortSignal, started: number): Promise<void> {
    const { queue, work, now } = this.#options
    const say = this.#sayer(job, started)
    try {
      const made = await untilAborted(work(job, signal), signal)
      const { result, also, isShort = false }: Done = typeof made === 'string' ? { result: made } : made
      say((await queue.done(job, result, also)) ? 'done' : 'lost', result, isShort)
    } catch (error) {
      if (signal.aborted) return say('lost', 'aborted')
      if (error instanceof Postponed) {
        await queue.giveBack(job, error.until)
        return say('postponed', 'later')
      }
      const { due, reason, code } = verdictOf(error, job, now())
      if (due === undefined) await queue.bury(job, reason)
      else await queue.retry(job, reason, due)
      say(due === undefined ? 'dead' : 'retry', code)
    }
  }

  #sayer({ id, kind }: TakenJob, started: number) {
    const { log, now } = this.#options
    return (end: 'done' | 'retry' | 'dead' | 'postponed' | 'lost', result: string, isShort = false): void =>
      log(end === 'dead' ? 'error' : end === 'retry' || isShort ? 'warn' : 'info', {
        event: 'job',
        jobId: id,
        kind,
        end,
        result,
        milliseconds: now() - started,
      })
  }
}

/** Work that does not listen to its signal is left behind: its job belongs to somebody else by now, and what it still does is done twice without harm. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('The job is no longer ours')), { once: true })
    work.then(resolve, reject)
  })
}
