import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { openStore } from '../../src/queue/open-store.ts'
import type { Queue, TakenJob } from '../../src/queue/queue.ts'
import { newFolder, order, storeAt } from './store.ts'

const LEASE = 1_000
let store: ReturnType<typeof storeAt>
let queue: Queue
const take = (): Promise<TakenJob | undefined> => queue.take(LEASE)
const states = async () => (await queue.list()).map(({ state }) => state)

beforeEach(() => {
  store = storeAt(10_000)
  queue = store.queue
})

describe('sending', () => {
  test('the same order again is no order, while it waits and after it is done', async () => {
    expect(await queue.send([order('a'), order('a'), order('b')])).toBe(2)
    await queue.done((await take())!, 'scored')
    expect(await queue.send([order('a')])).toBe(0)
    expect(await queue.send([order('a', '2')])).toBe(1)
  })

  test('what is remembered only while it waits can be ordered again as soon as somebody has begun', async () => {
    const sweep = order('sweep', '', { once: 'waiting' })
    expect(await queue.send([sweep, sweep])).toBe(1)
    await take()
    expect(await queue.send([sweep])).toBe(1)
  })

  test('what was done with a job is known too', async () => {
    await queue.send([order('a', '#1')])
    await queue.done((await take())!, 'scored', order('a', '7'))
    expect(await queue.send([order('a', '7')])).toBe(0)
    expect(await states()).toEqual(['done', 'done'])
  })

  test('forgotten when it has been done for long', async () => {
    await queue.send([order('a')])
    await queue.done((await take())!, 'scored')
    store.clock.time += 1
    await queue.forget(store.clock.time)
    expect(await queue.send([order('a')])).toBe(1)
  })

  test('another process finds it, and nobody else may read the file', async () => {
    await queue.send([order('a')])
    const other = openStore({ folder: store.folder, now: () => store.clock.time })
    expect(await other.queue.take(LEASE)).toMatchObject({ content: { id: 'a' } })
    expect(await take()).toBeUndefined()
    other.close()
    for (const name of ['queue.sqlite', 'queue.sqlite-wal']) expect(statSync(join(store.folder, name)).mode & 0o777).toBe(0o600)
  })
})

describe('leases', () => {
  test('a job has one owner; left by one who died it goes to the next, and the first can no longer finish it', async () => {
    await queue.send([order('a')])
    const first = (await take())!
    expect(await take()).toBeUndefined()
    store.clock.time += LEASE + 1
    const second = (await take())!
    expect(second).toMatchObject({ id: first.id, takes: 2 })
    expect(
      await Promise.all([
        queue.done(first, 'x'),
        queue.retry(first, 'x', 0),
        queue.bury(first, 'x'),
        queue.giveBack(first),
        queue.extend(first, 1),
      ]),
    ).toEqual([false, false, false, false, false])
    expect(await queue.done(second, 'scored')).toBe(true)
    expect(await states()).toEqual(['done'])
  })

  test('extended, it stays ours', async () => {
    await queue.send([order('a')])
    const job = (await take())!
    store.clock.time += LEASE - 1
    expect(await queue.extend(job, LEASE)).toBe(true)
    store.clock.time += LEASE - 1
    expect(await take()).toBeUndefined()
  })

  test('one lane, one at a time: the second waits for the first, another lane does not', async () => {
    await queue.send([order('a', '1'), order('a', '2'), order('b')])
    const first = (await take())!
    expect(await take()).toMatchObject({ lane: 'b' })
    expect(await take()).toBeUndefined()
    await queue.done(first, 'scored')
    expect(await take()).toMatchObject({ key: 'a@2' })
  })

  test('given back it is as if never taken; given back for later it waits', async () => {
    await queue.send([order('a')])
    await queue.giveBack((await take())!)
    expect(await take()).toMatchObject({ takes: 1 })
    store.clock.time += LEASE + 1
    await queue.giveBack((await take())!, store.clock.time + 500)
    expect(await take()).toBeUndefined()
    store.clock.time += 500
    expect(await take()).toMatchObject({ failures: 0 })
  })
})

describe('failing', () => {
  test('retried when it is due, with its reason', async () => {
    await queue.send([order('a')])
    await queue.retry((await take())!, 'transient: no answer', store.clock.time + 100)
    expect(await take()).toBeUndefined()
    expect(await queue.counts()).toEqual({ waiting: 1, taken: 0, done: 0, dead: 0 })
    store.clock.time += 100
    expect(await queue.counts()).toMatchObject({ waitingSince: 10_100 })
    expect(await take()).toMatchObject({ failures: 1, takes: 1, reason: 'transient: no answer' })
  })

  test('dead it rests, until it is revived or dropped', async () => {
    await queue.send([order('a'), order('b')])
    for (const _ of [1, 2]) await queue.bury((await take())!, 'processing: 400')
    const [a, b] = await queue.list('dead')
    expect(await queue.revive([a!.id, 999])).toBe(1)
    expect(await take()).toMatchObject({ id: a!.id, failures: 0 })
    expect(await queue.drop([a!.id, b!.id])).toBe(1)
    expect(await states()).toEqual(['taken'])
  })
})

test('whatever happens to leases, no job is lost and none of a lane is with two at once', async () => {
  const act = fc.constantFrom('take', 'done', 'retry', 'giveBack', 'wait', 'die')
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const { queue, clock, close } = storeAt(0)
      await queue.send(['a', 'b', 'c'].flatMap((id) => [order(id, '1'), order(id, '2')]))
      const held: TakenJob[] = []
      for (const name of acts) {
        const job = name === 'take' ? await queue.take(LEASE) : held.shift()
        if (name === 'take' && job) held.push(job)
        if (name === 'done' && job) await queue.done(job, 'scored')
        if (name === 'retry' && job) await queue.retry(job, 'transient', clock.time)
        if (name === 'giveBack' && job) await queue.giveBack(job)
        if (name === 'wait') clock.time += LEASE / 2
        const taken = (await queue.list('taken')).map(({ lane }) => lane)
        if (name !== 'wait') expect(new Set(taken).size).toBe(taken.length)
      }
      clock.time += 10 * LEASE
      for (let job = await queue.take(LEASE); job; job = await queue.take(LEASE)) await queue.done(job, 'scored')
      expect((await queue.counts()).done).toBe(6)
      close()
    }),
    { numRuns: 50 },
  )
})

test('four threads take from one file: each job once', async () => {
  const folder = newFolder()
  const { queue, close } = openStore({ folder })
  await queue.send(Array.from({ length: 400 }, (_, index) => order(`r${index}`)))
  const taken = await Promise.all(Array.from({ length: 4 }, () => takeAll(folder)))
  expect(taken.flat().toSorted((one, other) => one - other)).toEqual(Array.from({ length: 400 }, (_, index) => index + 1))
  expect(await queue.counts()).toMatchObject({ done: 400 })
  close()
})

const takeAll = (folder: string): Promise<number[]> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./take-all.ts', import.meta.url), { workerData: folder })
    worker.on('message', resolve).on('error', reject)
  })

describe('values and claims', () => {
  test('a value is changed only from what it was', async () => {
    const { values } = store
    expect([await values.change('last', undefined, '1'), await values.change('last', undefined, '2')]).toEqual([true, false])
    expect([await values.change('last', '1', '3'), await values.get('last')]).toEqual([true, '3'])
    await values.set('last', '4')
    expect(await values.get('last')).toBe('4')
  })

  test('a claim has one owner until it is released or runs out', async () => {
    const { claims, clock } = store
    expect([await claims.claim('r', 'me', 100), await claims.claim('r', 'you', 100), await claims.claim('r', 'me', 100)]).toEqual([
      true,
      false,
      true,
    ])
    await claims.release('r', 'you')
    expect(await claims.claim('r', 'you', 100)).toBe(false)
    clock.time += 101
    expect([await claims.renew('r', 'me', 100), await claims.claim('r', 'you', 100)]).toEqual([true, false])
    clock.time += 101
    expect([await claims.claim('r', 'you', 100), await claims.renew('r', 'me', 100)]).toEqual([true, false])
  })
})

describe('claims', () => {
  test('forgotten when they have run out for long, and not before', async () => {
    await store.claims.claim('old', 'a', LEASE)
    await store.claims.claim('new', 'a', 3 * LEASE)
    store.clock.time += 2 * LEASE
    await store.claims.forget(store.clock.time)
    expect([await store.claims.renew('old', 'a', LEASE), await store.claims.renew('new', 'a', LEASE)]).toEqual([false, true])
  })
})
