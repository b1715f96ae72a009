import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRecent } from '../src/once.ts'

const MOST = 4
const asked = fc.array(fc.integer({ min: 0, max: 20 }).map(String), { maxLength: 200 })

/** Asks for each of these, and makes what is not there. */
function recentAfter(texts: readonly string[]) {
  const recent = createRecent<string>(MOST)
  for (const text of texts) if (recent.get(text) === undefined) recent.set(text, `made of ${text}`)
  return recent
}

const keptAfter = (texts: readonly string[]): string[] => [...new Set(texts)].filter((text) => recentAfter(texts).get(text) !== undefined)

test('what was asked for last is kept, and no more than twice so many', () => {
  fc.assert(
    fc.property(asked, (texts) => {
      const kept = keptAfter(texts)
      const last = [...new Set(texts.toReversed())].slice(0, MOST)
      expect(kept).toEqual(expect.arrayContaining(last))
      expect(kept.length).toBeLessThanOrEqual(2 * MOST)
      for (const text of kept) expect(recentAfter(texts).get(text)).toBe(`made of ${text}`)
    }),
  )
})

test('what is set again is what is given', () => {
  const recent = createRecent<number>(MOST)
  recent.set('one', 1)
  recent.set('one', 2)
  expect(recent.get('one')).toBe(2)
})
