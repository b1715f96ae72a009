import type { ValidateFunction } from 'ajv'
import { describe, expect, test } from 'vitest'
import { APP_RESOURCE_TYPES, buildR4Standalone } from '../../src/build/r4-standalone.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { badCases, goodCases, r4Schema } from './r4-corpus.ts'

interface Standalone {
  validators: (resourceType: string) => ValidateFunction | undefined
}

const code = buildR4Standalone(r4Schema)
const module = (await import(`data:text/javascript;base64,${Buffer.from(code).toString('base64')}`)) as Standalone
const check = createResourceCheck(module.validators)
const checkInNode = createResourceCheck(compileR4(r4Schema))

const typesIn = (resource: unknown): string[] => [...JSON.stringify(resource).matchAll(/"resourceType":"(\w+)"/g)].map(([, type]) => type!)
const isOfTheApp = ({ resource }: { resource: unknown }) => typesIn(resource).every((type) => APP_RESOURCE_TYPES.includes(type))

describe('the validators made at build time for the app', () => {
  test('make no code at run time and import nothing', () => {
    expect(code).not.toMatch(/\beval\b|\bFunction\b|\brequire\b|\bimport\b/)
    expect(code.match(/^export /gm)).toEqual(['export '])
  })

  test.each(goodCases.filter(isOfTheApp))('good: $name', ({ resource }) => {
    expect(check(resource)).toEqual([])
  })

  test.each(badCases.filter(isOfTheApp))('bad: $name: the same issues as in Node', ({ resource }) => {
    expect(check(resource)).toEqual(checkInNode(resource))
  })

  test('know no other resource types, not even inside', () => {
    expect(check({ resourceType: 'Flag' })).toMatchObject([{ code: 'structure', expression: 'Resource' }])
    expect(check({ resourceType: 'Bundle', type: 'collection', entry: [{ resource: { resourceType: 'Flag' } }] })).toMatchObject([
      { code: 'structure', expression: 'Bundle.entry[0].resource' },
    ])
  })
})
