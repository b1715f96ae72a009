import { parentPort, workerData } from 'node:worker_threads'
import { openStore } from '../../src/queue/open-store.ts'

const { queue } = openStore({ folder: workerData as string })
const taken: number[] = []
for (let job = await queue.take(10_000); job; job = await queue.take(10_000)) {
  taken.push(job.id)
  await queue.done(job, 'scored')
}
parentPort!.postMessage(taken)
