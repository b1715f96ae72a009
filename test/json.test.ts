import fc from 'fast-check'
import type { Reference } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { json, list, object, parse, stringOf, WITHIN_STRING, word } from '../src/json.ts'
import { once, remembered } from '../src/once.ts'

/** Any text, quotes, backslashes, controls and lone halves of a pair among it. */
const anyText = fc.string({ unit: fc.oneof(fc.constantFrom('"', '\\', '\n', '\u0000', '\u2028', '\ud800', '≥', '花'), fc.string()) })
const anyParts = fc.dictionary(fc.stringMatching(/^[a-zA-Z_]{1,12}$/), fc.jsonValue())

const ASCII = /^[\0-\x7e]*$/

test('an object of parts says what JSON.stringify makes of the object, in ASCII', () => {
  fc.assert(
    fc.property(anyParts, (given) => {
      const parts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, json(value)]))
      expect(object<object>(parts)).toMatch(ASCII)
      expect(JSON.stringify(parse(object<object>(parts)))).toBe(JSON.stringify(given))
      expect(JSON.stringify(JSON.parse(list(Object.values(parts)) ?? '[]'))).toBe(JSON.stringify(Object.values(given)))
    }),
  )
})

test('what is written within a string is the text that JSON.stringify makes, twice over', () => {
  fc.assert(
    fc.property(anyParts, anyText, (given, text) => {
      const parts = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, WITHIN_STRING.json(value)]))
      const [whole, listed] = [WITHIN_STRING.object<object>(parts), WITHIN_STRING.list([WITHIN_STRING.word(text)])!].map(stringOf)
      expect(whole).toMatch(ASCII)
      expect(JSON.parse(whole!)).toBe(JSON.stringify(given))
      expect(JSON.parse(listed!)).toBe(JSON.stringify([text]))
    }),
  )
})

test('what is undefined is left out, wherever it stands', () => {
  const reference = object<Reference>({ id: undefined, reference: json('Patient/p'), display: undefined })
  expect(reference).toBe('{"reference":"Patient/p"}')
  expect(object<Reference>({ id: undefined })).toBe('{}')
  expect(list([])).toBeUndefined()
})

test('any text comes back as it was, and goes as ASCII', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(json(text)).toMatch(ASCII)
      expect(parse(json(text))).toBe(text)
      expect(word(text)).toBe(json(text))
    }),
  )
  expect(json('\u2265花\u{1f469}')).toBe('"\\u2265\\u82b1\\ud83d\\udc69"')
})

test('once makes one of each', () => {
  let made = 0
  const of = once((_: object) => ++made)
  const [one, other] = [{}, {}]
  expect([of(one), of(other), of(one), of(other)]).toEqual([1, 2, 1, 2])
})

test('what was remembered is what would be made, however many arguments there are and however much is kept', () => {
  const few = fc.array(fc.constantFrom<unknown>(1, 2, 'a', undefined, Number.NaN), { maxLength: 3 })
  const same = remembered((...of: unknown[]) => ({ of }))
  fc.assert(
    fc.property(fc.array(few), (calls) => {
      for (const of of calls) {
        expect(same(...of).of).toEqual(of)
        expect(same(...of)).toBe(same(...of))
      }
    }),
  )
  let made = 0
  const squareOf = remembered((number: number) => {
    made++
    return number === 7 ? undefined : number * number
  })
  for (let number = 0; number < 5000; number++) expect(squareOf(number)).toBe(number === 7 ? undefined : number * number)
  expect(squareOf(4999)).toBe(4999 * 4999)
  expect(made).toBe(5000)
})
