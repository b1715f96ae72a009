import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AssessmentError } from '../../src/errors.ts'
import type { LogEvent } from '../../src/log.ts'
import { type DurableStore, openStore } from '../../src/queue/open-store.ts'
import type { Job, TakenJob } from '../../src/queue/queue.ts'
import { verdictOf } from '../../src/worker/failure.ts'
import { createWorker, Postponed, type Work, type Worker } from '../../src/worker/worker.ts'
import { newFolder, order } from '../queue/store.ts'

let store: DurableStore
let worker: Worker
let events: LogEvent[]
beforeEach(() => {
  store = openStore({ folder: newFolder() })
  events = []
})
afterEach(async () => {
  await worker.stop(0)
  store.close()
})

const startWith = (work: Work, more: object = {}): Worker => {
  worker = createWorker({ queue: store.queue, work, pause: 5, log: (_level, event) => events.push(event), ...more })
  worker.start()
  return worker
}
const states = async () => (await store.queue.list()).map(({ state }) => state)

test('what is sent is done, also what comes later', async () => {
  await store.queue.send([order('a'), order('b')])
  await startWith(async () => 'scored').drained()
  await store.queue.send([order('c')])
  worker.wake()
  await worker.drained()
  expect(await states()).toEqual(['done', 'done', 'done'])
  expect(events).toMatchObject([{ end: 'done', result: 'scored' }, { end: 'done' }, { end: 'done' }])
})

test('what may pass is tried again, what will not dies with a reason that quotes nobody', async () => {
  await store.queue.send([order('a'), order('b')])
  const work = async ({ lane }: TakenJob) => {
    throw lane === 'a' ? new AssessmentError('transient', 'The FHIR server gave no answer') : new TypeError('Jane Doe is not a function')
  }
  await startWith(work).drained()
  const [a, b] = await store.queue.list()
  expect(a).toMatchObject({ state: 'waiting', failures: 1, reason: 'transient: The FHIR server gave no answer' })
  expect(b).toMatchObject({ state: 'waiting', failures: 1, reason: expect.stringContaining('TypeError') })
  expect(b!.reason).not.toContain('Jane')
})

test('postponed is not failed', async () => {
  await store.queue.send([order('a')])
  const work = async () => {
    throw new Postponed(Date.now() + 60_000)
  }
  await startWith(work).drained()
  expect(await store.queue.list()).toMatchObject([{ state: 'waiting', failures: 0, takes: 0 }])
})

test('a lease is kept for as long as the work takes', async () => {
  await store.queue.send([order('a')])
  let times = 0
  const work = async () => {
    times++
    await sleep(1_600)
    return 'scored'
  }
  await startWith(work, { lease: 1_000 }).drained()
  expect([times, await states()]).toEqual([1, ['done']])
})

describe('stopping', () => {
  test('what is under way is finished', async () => {
    await store.queue.send([order('a'), order('b')])
    const begun = Promise.withResolvers<void>()
    startWith(
      async () => {
        begun.resolve()
        await sleep(50)
        return 'scored'
      },
      { concurrency: 1 },
    )
    await begun.promise
    await worker.stop(5_000)
    expect(await states()).toEqual(['done', 'waiting'])
  })

  test('what takes too long is given back untried, and told so', async () => {
    await store.queue.send([order('a')])
    const begun = Promise.withResolvers<AbortSignal>()
    startWith((_job, signal) => {
      begun.resolve(signal)
      return new Promise(() => undefined)
    })
    const signal = await begun.promise
    await worker.stop(10)
    expect(signal.aborted).toBe(true)
    expect(await store.queue.list()).toMatchObject([{ state: 'waiting', takes: 0, failures: 0 }])
  })
})

test('a job over which processes die again and again is buried', async () => {
  await store.queue.send([order('a')])
  const impatient = openStoreWithDeaths(31)
  await impatient
  await startWith(async () => 'scored').drained()
  expect(await store.queue.list()).toMatchObject([{ state: 'dead', reason: expect.stringContaining('more than 30 times') }])
})

/** Takes the job so often and never finishes it. */
async function openStoreWithDeaths(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await store.queue.take(-1)
  }
}

describe('how long one tries', () => {
  const job = (more: Partial<Job> = {}) => ({ sent: 0, failures: 0, ...more }) as Job
  const transient = new AssessmentError('transient', 'No answer')

  test.each([
    { failures: 0, earliest: 500, latest: 1_000 },
    { failures: 3, earliest: 4_000, latest: 8_000 },
    { failures: 30, earliest: 450_000, latest: 900_000 },
  ])('after $failures failures: between $earliest and $latest ms', ({ failures, earliest, latest }) => {
    expect(verdictOf(transient, job({ failures }), 0, () => 0).due).toBe(earliest)
    expect(verdictOf(transient, job({ failures }), 0, () => 1).due).toBe(latest)
  })

  test('a server that is away: three days; one that says no: five times', () => {
    const day = 86_400_000
    expect(verdictOf(transient, job({ failures: 400 }), 3 * day - 1).due).toBeDefined()
    expect(verdictOf(transient, job({ failures: 400 }), 3 * day).due).toBeUndefined()
    const no = new AssessmentError('processing', 'The FHIR server answered 400')
    expect(verdictOf(no, job({ failures: 3 }), 0).due).toBeDefined()
    expect(verdictOf(no, job({ failures: 4 }), 0).due).toBeUndefined()
  })
})
