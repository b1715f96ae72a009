import { parentPort, workerData } from 'node:worker_threads'
import { loadKnowledge } from '../load-knowledge.ts'
import type { Site } from '../risk/knowledge.ts'
import { createScorer } from '../service/scoring.ts'
import { answerOrders } from '../service/scoring-thread.ts'

/** What a thread of `kizuna serve` runs: the same knowledge again, since threads share no objects. */
const { site } = workerData as { readonly site: Site }
answerOrders(parentPort!, createScorer(loadKnowledge(site)))
