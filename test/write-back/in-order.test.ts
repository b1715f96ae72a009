import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder } from '../../src/write-back/in-order.ts'

async function* each<T>(things: readonly T[]): AsyncGenerator<T> {
  yield* things
}

test('results come in the order of the source, one key is worked on at a time, and never more than allowed at once', async () => {
  const things = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), turns: fc.nat(4) }), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(things, fc.integer({ min: 1, max: 5 }), async (given, concurrency) => {
      const now: string[] = []
      const work = async (one: (typeof given)[number]) => {
        expect(now).not.toContain(one.key)
        now.push(one.key)
        expect(now.length).toBeLessThanOrEqual(concurrency)
        for (let turn = 0; turn < one.turns; turn++) await Promise.resolve()
        now.splice(now.indexOf(one.key), 1)
        return one
      }
      expect(await Array.fromAsync(inOrder(each(given), { concurrency, keyOf: ({ key }) => key, work }))).toEqual(given)
    }),
  )
})

test('a failure is told in its turn, after what came before it', async () => {
  const work = async (one: number) => {
    if (one === 2) throw new Error('two')
    return one
  }
  const seen: number[] = []
  await expect(async () => {
    for await (const one of inOrder(each([0, 1, 2, 3, 4]), { concurrency: 3, keyOf: String, work })) seen.push(one)
  }).rejects.toThrow('two')
  expect(seen).toEqual([0, 1])
})
