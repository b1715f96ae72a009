import type { MessagePort } from 'node:worker_threads'
import { AssessmentError } from '../errors.ts'
import type { Scorer } from './scoring.ts'
import type { ScoringOrder, ScoringReply } from './scoring-pool.ts'

/** The other side of `createScoringPool`: scores what comes in through a port, one body after the other. */
export function answerOrders(port: MessagePort, score: Scorer): void {
  port.on('message', async ({ id, body, asking }: ScoringOrder) => {
    port.postMessage(await replyOf(id, () => score(body, asking)))
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
