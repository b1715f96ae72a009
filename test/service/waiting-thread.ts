import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import type { Parameters } from 'fhir/r4.js'
import type { Json } from '../../src/json.ts'
import { answerOrders } from '../../src/service/scoring-thread.ts'

/** A thread whose answers take as many milliseconds as their bodies say, and say so. */
answerOrders(parentPort!, async (body) => {
  const text = Buffer.from(body).toString() as Json<Parameters>
  await setTimeout(Number(text))
  return { text, tallies: [] }
})
