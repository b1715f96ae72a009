import { evaluate } from 'fhirpath'
import { describe, expect, test } from 'vitest'
import { ruleOf } from '../../src/build/r4-rules.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import type { R4Schema, Rule } from '../../src/fhir/r4-keywords.ts'

/** A resource of three texts under one rule. */
function schemaWith(holds: Rule): R4Schema {
  const text = { type: 'string' }
  const properties = { resourceType: {}, a: text, b: text, c: text }
  const Thing = { type: 'object', properties, additionalProperties: false, rules: { 'x-1': { human: 'x', holds } } } as const
  return { $id: 'urn:x', source: { package: 'x', version: '1', license: 'x' }, $defs: { Thing } }
}

const VALUES = [undefined, 'x', 'y']
const THINGS = VALUES.flatMap((a) => VALUES.flatMap((b) => VALUES.map((c) => ({ ...(a && { a }), ...(b && { b }), ...(c && { c }) }))))

/** The shapes that the official constraints have, with the names replaced. */
const EXPRESSIONS = [
  'a.exists() or b.exists() or c.exists()',
  'a.empty() or b.exists()',
  'a.exists() implies b.exists()',
  'a.exists() != b.exists()',
  'a.exists() xor b.exists()',
  '(a.exists() and b.exists()).not()',
  '(a.empty() xor b.exists()) and (a.exists() or c.exists())',
  '(a.exists() or b.exists()) implies c.exists()',
  "(a = 'x') or (a = 'y') or (b.empty() and c.empty())",
  "(a = 'x' implies b.empty().not()) and (a.trace('a') = 'y' implies c.trace('c').empty())",
  "(a in ('x' | 'y')) or b.empty()",
  'a.exists() and b.exists() or c.exists()',
  "a.empty() or (b.exists() and ((b in ('x' | 'z')).not()))",
]

describe('a rule holds where fhirpath.js says that the constraint holds', () => {
  test.each(EXPRESSIONS)('%s', (expression) => {
    const rule = ruleOf(expression, new Set(['a', 'b', 'c']))
    const check = createResourceCheck(compileR4(schemaWith(rule!)))
    for (const thing of THINGS) {
      const [holds] = evaluate(thing, expression.replaceAll(/\.trace\('\w'\)/g, '')) as unknown[]
      if (holds === undefined) continue // undecided, for want of a value to compare
      expect(check({ resourceType: 'Thing', ...thing }).length === 0, JSON.stringify(thing)).toBe(holds)
    }
  })
})

test.each([
  'a.where(b.exists()).exists()',
  "a.matches('x')",
  '%resource.a.exists()',
  'a.count() > 2',
  'unknown.exists()',
  'a.exists() or',
  '(a.exists()',
  'a.exists() b.exists()',
  '',
  'a ~ b',
])('what is no proposition about children is left alone: %s', (expression) => {
  expect(ruleOf(expression, new Set(['a', 'b']))).toBeUndefined()
})
