import fc from 'fast-check'
import cloneDeep from 'lodash/cloneDeep.js'
import set from 'lodash/set.js'
import { expect, test } from 'vitest'
import { HTTP_STATUS } from '../../src/errors.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { goodCases, r4Schema } from './r4-corpus.ts'

const check = createResourceCheck(compileR4(r4Schema))
const resources = goodCases.map(({ resource }) => resource as object)

function pathsOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))]
}

const places = resources.flatMap((resource) =>
  pathsOf(resource)
    .slice(1)
    .map((path) => ({ resource, path })),
)
const broken = fc
  .record({ place: fc.constantFrom(...places), value: fc.jsonValue({ maxDepth: 2 }) })
  .map(({ place, value }) => set(cloneDeep(place.resource), place.path, value))

test('whatever stands in the place of any part: issues of known codes, never an exception', () => {
  fc.assert(
    fc.property(broken, (resource) => {
      for (const { code, severity, diagnostics } of check(resource)) {
        expect(Object.keys(HTTP_STATUS)).toContain(code)
        expect(severity).toBe('error')
        expect(diagnostics).not.toBe('')
      }
    }),
    { numRuns: 2_000 },
  )
})

test('an object that no element is, in the place of any part: refused', () => {
  fc.assert(
    fc.property(fc.constantFrom(...places), ({ resource, path }) => {
      expect(check(set(cloneDeep(resource), path, { $nonsense: 1 }))).not.toEqual([])
    }),
    { numRuns: 1_000 },
  )
})
