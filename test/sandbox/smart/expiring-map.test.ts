import { expect, test } from 'vitest'
import { createExpiringMap } from '../../../src/sandbox/smart/expiring-map.ts'

test('entries expire, are taken once, and never grow past the limit', () => {
  let time = 0
  const map = createExpiringMap<number>({ seconds: 10, limit: 3, now: () => new Date(time) })
  const key = map.add(1)
  expect([map.get(key), map.take(key), map.take(key), map.get(key)]).toEqual([1, 1, undefined, undefined])
  for (const number of [1, 2, 3, 4]) map.add(number, `k${number}`)
  expect(['k1', 'k2', 'k3', 'k4'].map((name) => map.get(name))).toEqual([undefined, 2, 3, 4])
  time = 9_999
  expect(map.get('k4')).toBe(4)
  time = 10_000
  expect(map.get('k4')).toBeUndefined()
})

test('storing again lives anew', () => {
  let time = 0
  const map = createExpiringMap<number>({ seconds: 10, now: () => new Date(time) })
  map.add(1, 'k')
  time = 9_000
  map.add(2, 'k')
  time = 11_000
  expect(map.get('k')).toBe(2)
})
