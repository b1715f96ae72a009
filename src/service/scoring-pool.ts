import { Worker } from 'node:worker_threads'
import { AssessmentError, type IssueCode } from '../errors.ts'
import type { Site } from '../risk/knowledge.ts'
import type { Answer, Asking, Scorer } from './scoring.ts'

/** What a scoring thread is asked in one message, which costs as much for one body as for twenty. */
export interface ScoringOrders {
  readonly orders: readonly ScoringOrder[]
  /** All of their bodies, one behind the other. */
  readonly bodies: Uint8Array<ArrayBuffer>
}

export interface ScoringOrder {
  readonly id: number
  /** How long its body is. */
  readonly bytes: number
  readonly asking: Asking
}

/** What it answers: an answer, or why there is none. What we did not raise ourselves comes as it was thrown. */
export type ScoringReply = { readonly id: number } & (
  | { readonly answer: Answer | undefined }
  | { readonly refused: { readonly code: IssueCode; readonly message: string; readonly expression?: string | undefined } }
  | { readonly fault: unknown }
)

export interface ScoringPool {
  readonly score: Scorer
  /** Ends the threads; what they were scoring fails with `transient`. */
  readonly close: () => Promise<void>
}

export interface PoolOptions {
  /** The module that a thread runs: it loads what `site` decides and calls `answerOrders`. */
  readonly module: URL
  readonly site: Site
  readonly threads: number
}

/** More in one message, and either side would wait for the other. */
const MOST_TOGETHER = 8

interface Waiting {
  readonly id: number
  readonly resolve: (answer: Answer | undefined) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  /** Who was promised an answer; the first asked is mostly the first answered. No Map, for the sake of memory: see `createRecent`. */
  readonly waiting: Waiting[]
  /** What has come since the last message. */
  readonly unsent: { readonly id: number; readonly body: Uint8Array; readonly asking: Asking }[]
}

/**
 * Scores on threads of their own, so that a body of ten thousand responses holds up no notification, no health check and no card. Threads start when they are first
 * needed; the one with the least to do is asked. A thread that dies takes what it was scoring with it (`transient`, 503: nothing was written, ask again), and another one
 * starts with the next body.
 */
export function createScoringPool({ module, site, threads }: PoolOptions): ScoringPool {
  let running: Thread[] = []
  let lastId = 0

  function start(): Thread {
    const worker = new Worker(module, { workerData: { site } })
    const thread: Thread = { worker, waiting: [], unsent: [] }
    worker.on('message', (replies: readonly ScoringReply[]) => {
      for (const reply of replies) settle(thread, reply)
    })
    worker.on('error', () => undefined)
    worker.on('exit', () => lose(thread))
    worker.unref()
    running.push(thread)
    return thread
  }

  function lose(thread: Thread): void {
    running = running.filter((one) => one !== thread)
    for (const { reject } of thread.waiting.splice(0))
      reject(new AssessmentError('transient', 'Scoring was interrupted; nothing was written'))
  }

  /** As many threads as there is work for. */
  function leastBusy(): Thread {
    const free = running.find(({ waiting }) => waiting.length === 0)
    if (free !== undefined) return free
    if (running.length < threads) return start()
    return running.reduce((least, one) => (one.waiting.length < least.waiting.length ? one : least))
  }

  return {
    score: (body, asking) =>
      new Promise((resolve, reject) => {
        const thread = leastBusy()
        const id = ++lastId
        thread.waiting.push({ id, resolve, reject })
        const unsent = thread.unsent.push({ id, body, asking })
        if (unsent === MOST_TOGETHER) send(thread)
        else if (unsent === 1) setImmediate(() => send(thread))
      }),
    close: async () => {
      await Promise.all(running.map(({ worker }) => worker.terminate()))
    },
  }
}

/** What came in one turn of the event loop. */
function send({ worker, unsent }: Thread): void {
  if (unsent.length === 0) return
  const sent = unsent.splice(0)
  const bodies = new Uint8Array(sent.reduce((sum, { body }) => sum + body.length, 0))
  let end = 0
  const orders = sent.map(({ id, body, asking }): ScoringOrder => {
    bodies.set(body, end)
    end += body.length
    return { id, bytes: body.length, asking }
  })
  const message: ScoringOrders = { orders, bodies }
  worker.postMessage(message, [bodies.buffer])
}

/** An answer goes to whoever asked for it, by its id: never to the next in line, who may have asked for another woman. */
function settle({ waiting }: Thread, reply: ScoringReply): void {
  const place = waiting.findIndex(({ id }) => id === reply.id)
  const [asked] = place < 0 ? [] : waiting.splice(place, 1)
  if ('answer' in reply) asked?.resolve(reply.answer)
  else asked?.reject(errorIn(reply))
}

function errorIn(reply: Exclude<ScoringReply, { answer: Answer | undefined }>): unknown {
  if ('fault' in reply) return reply.fault
  const { code, message, expression } = reply.refused
  return new AssessmentError(code, message, expression === undefined ? {} : { expression })
}
