import fc from 'fast-check'
import type { Reference } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { json, list, object, parse, record, word } from '../src/json.ts'
import { once } from '../src/once.ts'

/** Any text, quotes, backslashes, controls and lone halves of a pair among it. */
const anyText = fc.string({ unit: fc.oneof(fc.constantFrom('"', '\\', '\n', '\u0000', '\u2028', '\ud800', '≥', '花'), fc.string()) })
const anyParts = fc.dictionary(fc.stringMatching(/^[a-zA-Z_]{1,12}$/), fc.jsonValue())

test('an object of parts is what JSON.stringify makes of the object', () => {
  fc.assert(
    fc.property(anyParts, (given) => {
      const parts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, json(value)]))
      expect(object<object>(parts)).toBe(JSON.stringify(given))
      expect(list(Object.values(parts)) ?? '[]').toBe(JSON.stringify(Object.values(given)))
    }),
  )
})

test('what is undefined is left out, wherever it stands', () => {
  const reference = object<Reference>({ id: undefined, reference: json('Patient/p'), display: undefined })
  expect(reference).toBe('{"reference":"Patient/p"}')
  expect(object<Reference>({ id: undefined })).toBe('{}')
  expect(list([])).toBeUndefined()
})

test('names that are data are quoted as JSON quotes them', () => {
  fc.assert(
    fc.property(anyText, anyText, (name, value) => {
      const made = record([[name, json(value)]])
      expect(made).toBe(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`)
      expect(word(value)).toBe(JSON.stringify(value))
      expect(parse(made)).toEqual(JSON.parse(made))
    }),
  )
})

test('once makes one of each', () => {
  let made = 0
  const of = once((_: object) => ++made)
  const [one, other] = [{}, {}]
  expect([of(one), of(other), of(one), of(other)]).toEqual([1, 2, 1, 2])
})
