import { describe, expect, test } from 'vitest'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { badCases, r4Schema } from './r4-corpus.ts'

const check = createResourceCheck(compileR4(r4Schema))
const codesOf = (resource: unknown) => check(resource).map(({ code, expression }) => [code, expression])
const response = (rest: object) => ({ resourceType: 'QuestionnaireResponse', status: 'completed', ...rest })
const nested = (depth: number, open: string, close: string): unknown => JSON.parse(open.repeat(depth) + close.repeat(depth))

describe('nesting', () => {
  test.each([
    { name: 'arrays', resource: response({ item: nested(10_000, '[', ']') }) },
    { name: 'objects', resource: JSON.parse(`{"resourceType":"Basic","code":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`) },
    {
      name: 'extensions',
      resource: response({ extension: JSON.parse(`${'[{"url":"a","extension":'.repeat(10_000)}[]${'}]'.repeat(10_000)}`) }),
    },
    { name: 'no resource at all', resource: nested(10_000, '[', ']') },
  ])('10,000 deep, $name: too long', ({ resource }) => {
    expect(codesOf(resource)).toEqual([['too-long', undefined]])
  })

  test('contained in contained to the limit ends without overflow', () => {
    const deep = JSON.parse(`${'{"resourceType":"Patient","contained":['.repeat(29)}{"resourceType":"Patient"}${']}'.repeat(29)}`)
    expect(check(deep)[0]?.code).toBe('invariant')
  })
})

describe('size', () => {
  test('a million broken items cost no more than fifty issues', () => {
    expect(check(response({ item: Array(1_000_000).fill(1) }))).toHaveLength(50)
    expect(
      check({ resourceType: 'Bundle', type: 'collection', entry: Array(100_000).fill({ resource: { resourceType: 'Foo' } }) }),
    ).toHaveLength(50)
  })

  test('an object of a million properties: too long', () => {
    const wide = Object.fromEntries(Array.from({ length: 1_000_000 }, (_, index) => [`p${index}`, 1]))
    expect(codesOf(response(wide))).toEqual([['too-long', undefined]])
  })

  test('a string over 1 MiB: too long, an attachment may be larger', () => {
    expect(codesOf(response({ item: [{ linkId: 'a'.repeat(1_048_577) }] }))).toEqual([['too-long', undefined]])
    const valueAttachment = { contentType: 'application/pdf', data: 'QUJD'.repeat(4_000_000) }
    expect(codesOf(response({ item: [{ linkId: 'a', answer: [{ valueAttachment }] }] }))).toEqual([])
  })

  test.each([
    ['authored', { authored: '2026-01-01T00:00:00.'.padEnd(1_000_000, '0') }],
    ['code', { language: `${'a '.repeat(500_000)} ` }],
    ['div', { text: { status: 'generated', div: `<div>${'<a'.padEnd(1_000_000, 'a')}` } }],
    ['div with attributes', { text: { status: 'generated', div: `<div><a ${' on'.repeat(300_000)} href=${' '.repeat(300_000)}>` } }],
  ])('a pattern that backtracked would never come back: %s', (_, rest) => {
    expect(codesOf(response(rest)).length).toBeLessThanOrEqual(50)
  })
})

describe('names that objects inherit', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is an unknown property and changes nothing', (name) => {
    const resource = JSON.parse(`{"resourceType":"Patient","name":[{"${name}":{"polluted":true}}]}`)
    expect(check(resource)).toHaveLength(1)
    expect(check(resource)[0]).toMatchObject({ code: 'structure' })
    expect({}).not.toHaveProperty('polluted')
  })

  test.each(['__proto__', 'toString', 'Coding', 'code:bundle-type', ''])('resourceType %j is unknown', (resourceType) => {
    expect(codesOf({ resourceType })).toEqual([['structure', 'Resource']])
  })

  test.each([undefined, null, 1, 'x', [], Number.NaN, true])('%j is no resource', (resource) => {
    expect(codesOf(resource)).toEqual([['structure', 'Resource']])
  })
})

describe('what diagnostics say', () => {
  test('no value, no text and no name that was given', () => {
    const secret = 'Zuleika-0190'
    const resource = response({
      status: secret,
      authored: secret,
      [`${secret} `]: secret,
      subject: { reference: `Practitioner/${secret}`, display: [secret] },
      item: [{ linkId: { secret }, text: 1, answer: [{ valueInteger: secret, valueBoolean: secret, [secret]: secret }] }],
      contained: [{ resourceType: secret }],
    })
    const issues = check(resource)
    expect(issues.length).toBeGreaterThan(8)
    expect(JSON.stringify(issues)).not.toContain('Zuleika')
  })

  test('every issue says what was expected, in a sentence without the words of a schema', () => {
    for (const { resource } of badCases) {
      for (const { diagnostics } of check(resource)) expect(diagnostics).not.toMatch(/undefined|\$defs|schema|must NOT|params/)
    }
  })

  test('one fault is one issue, several are several', () => {
    const resource = response({
      status: 'done',
      authored: 'yesterday',
      item: [{ answer: [{ valueInteger: 1.5 }] }, { linkId: 'b', color: 'x' }],
    })
    expect(codesOf(resource).sort()).toEqual([
      ['required', 'QuestionnaireResponse.item[0].linkId'],
      ['structure', 'QuestionnaireResponse.item[1].color'],
      ['value', 'QuestionnaireResponse.authored'],
      ['value', 'QuestionnaireResponse.item[0].answer[0].valueInteger'],
      ['value', 'QuestionnaireResponse.status'],
    ])
  })
})
