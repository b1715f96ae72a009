import { describe, expect, test } from 'vitest'
import type { Binding } from '../../src/instrument/binding.ts'
import { checkBinding } from '../../src/instrument/check-binding.ts'
import { loadBindingSchema } from '../../src/load-schemas.ts'
import { loadBindings } from '../../src/resources.ts'
import { knowledge } from '../fixtures/knowledge.ts'

const isBinding = loadBindingSchema()
const messages = (binding: unknown): string[] => checkBinding(binding, knowledge.instruments, isBinding).map(({ message }) => message)
const danish = loadBindings().find(({ id }) => id === 'kl-children-epds')!

test.each(loadBindings().map((binding) => [binding.id, binding] as const))('%s has no faults', (_id, binding) => {
  expect(messages(binding)).toEqual([])
})

describe('what a binding may not say', () => {
  const { 'epds-10': _ten, ...nine } = danish.items
  test.each<[string, Partial<Binding> | Record<string, unknown>, string]>([
    ['an item less', { items: nine }, 'says nothing of epds-10'],
    ['an item that is not there', { items: { ...danish.items, 'epds-11': ['x'] } }, 'epds has no epds-11'],
    ['one linkId for two items', { items: { ...danish.items, 'epds-2': ['1humor'] } }, '1humor stands twice'],
    ['a total that is also an item', { totals: { 'epds-total': ['1humor'] } }, '1humor stands twice'],
    ['a score that is not there', { totals: { 'epds-sum': ['score'] } }, 'epds has no score epds-sum'],
    ['an instrument that is not installed', { version: '9.0.0' }, 'epds 9.0.0 is not installed'],
    ['an extra word', { positions: true }, 'must NOT have additional properties'],
    [
      'one list of codes for items printed in different orders: it would score by position',
      { answers: { codings: [{ systems: ['urn:x'], weights: { a: 0, b: 1, c: 2, d: 3 } }] } },
      'is shared by items that print their options in different orders: give each order a list of its own',
    ],
    [
      'a weight that no option has',
      { answers: { codings: [{ systems: ['urn:x'], items: ['epds-1', 'epds-2', 'epds-4'], weights: { e: 4 } }] } },
      'e: no option weighs 4',
    ],
  ])('%s', (_name, change, message) => {
    expect(messages({ ...danish, ...change })).toContain(message)
  })

  test('a list for each order is as it should be', () => {
    const list = (items: string[], weights: Record<string, number>) => ({ systems: ['urn:x'], items, weights })
    const codings = [
      list(['epds-1', 'epds-2', 'epds-4'], { a: 0, b: 1, c: 2, d: 3 }),
      list(['epds-3', 'epds-5', 'epds-6', 'epds-7', 'epds-8', 'epds-9', 'epds-10'], { a: 3, b: 2, c: 1, d: 0 }),
    ]
    expect(messages({ ...danish, answers: { codings } })).toEqual([])
  })
})
