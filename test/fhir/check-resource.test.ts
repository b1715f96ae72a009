import { expect, test } from 'vitest'
import { HTTP_STATUS } from '../../src/errors.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { badCases, goodCases, r4Schema } from './r4-corpus.ts'

const check = createResourceCheck(compileR4(r4Schema))

test('the corpus holds more than 45 of each kind', () => {
  expect(goodCases.length).toBeGreaterThan(45)
  expect(badCases.length).toBeGreaterThan(45)
})

test.each(goodCases)('good: $name ($source)', ({ resource }) => {
  expect(check(resource)).toEqual([])
})

test.each(badCases)('bad: $name ($source)', ({ resource, expect: { code, expression } }) => {
  const issues = check(resource)
  expect(issues.map((issue) => [issue.severity, issue.code, issue.expression])).toEqual([['error', code, expression]])
  expect(HTTP_STATUS).toHaveProperty(code)
})

test.each(badCases.filter(({ expect: { code } }) => code === 'invariant'))('invariant: $name says its key', ({ source, resource }) => {
  const [issue] = check(resource)
  expect(issue?.diagnostics).toMatch(new RegExp(`^${source}: `))
})

test('checking changes nothing', () => {
  for (const { resource } of [...goodCases, ...badCases]) {
    const before = JSON.stringify(resource)
    check(resource)
    expect(JSON.stringify(resource)).toBe(before)
  }
})
