import type { MessagePort } from 'node:worker_threads'
import { AssessmentError } from '../errors.ts'
import type { Scorer } from './scoring.ts'
import type { ScoringOrders, ScoringReply } from './scoring-pool.ts'

/** Milliseconds after which what is done is told, whatever is still to do. */
const LONGEST_SILENCE = 5

/** The other side of `createScoringPool`: scores what comes in through a port, one body after the other, and answers what came together together. */
export function answerOrders(port: MessagePort, score: Scorer): void {
  port.on('message', async ({ orders, bodies }: ScoringOrders) => {
    let replies: ScoringReply[] = []
    let [end, told] = [0, performance.now()]
    for (const { id, bytes, asking } of orders) {
      const body = bodies.subarray(end, end + bytes)
      end += bytes
      replies.push(await replyOf(id, () => score(body, asking)))
      if (end < bodies.length && performance.now() - told < LONGEST_SILENCE) continue
      port.postMessage(replies)
      replies = []
      told = performance.now()
    }
  })
}

async function replyOf(id: number, answer: () => ReturnType<Scorer>): Promise<ScoringReply> {
  try {
    return { id, answer: await answer() }
  } catch (error) {
    if (!(error instanceof AssessmentError)) return { id, fault: error }
    const { code, message, expression } = error
    return { id, refused: { code, message, expression } }
  }
}
