import fc from 'fast-check'
import { parse, v5 } from 'uuid'
import { expect, test } from 'vitest'
import { uuidOfName as inNode } from '../../src/uuid/node.ts'
import { uuidOfName as portable } from '../../src/uuid/portable.ts'

test('the example of RFC 9562, A.4', () => {
  const dns = parse(v5.DNS)
  expect([inNode('www.example.com', dns), portable('www.example.com', dns)]).toEqual(Array(2).fill('2ed6657d-e927-568b-95e1-2665a8aea6a2'))
})

test('service and app give one name the same UUID', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.uuid(), (name, namespace) => {
      expect(inNode(name, parse(namespace))).toBe(portable(name, parse(namespace)))
    }),
    { numRuns: 500 },
  )
})
