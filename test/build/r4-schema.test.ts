import type { CodeSystem, ElementDefinition } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { buildR4Schema, RESOURCE_TYPES } from '../../src/build/r4-schema.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4, isResourceType } from '../../src/fhir/compile-r4.ts'
import { r4Schema } from '../fhir/r4-corpus.ts'

const element = (path: string, code: string, rest: Partial<ElementDefinition> = {}): ElementDefinition => ({
  path,
  min: 0,
  max: '1',
  type: [{ code }],
  ...rest,
})
const system = (path: string, type: string, rest: Partial<ElementDefinition> = {}): ElementDefinition => {
  const url = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
  return {
    path,
    min: 0,
    max: '1',
    type: [{ extension: [{ url, valueUrl: type }], code: 'http://hl7.org/fhirpath/System.String' }],
    ...rest,
  }
}
const many = { max: '*' }
const definition = (kind: string, element: ElementDefinition[]) => ({ kind, snapshot: { element } })
const BINDING = { strength: 'required', valueSet: 'http://example.org/ValueSet/mood|1' } as const

/** A package of four definitions, in the shape of the official one. */
const FILES: Record<string, unknown> = {
  'package.json': { name: 'tiny', version: '1.2.3', license: 'CC0-1.0' },
  'StructureDefinition-Diary.json': definition('resource', [
    {
      path: 'Diary',
      constraint: [
        { key: 'dia-1', severity: 'error', human: 'A page or a note', expression: 'page.exists() or note.exists()' },
        { key: 'dia-2', severity: 'warning', human: 'Advice', expression: 'note.exists()' },
        { key: 'dia-3', severity: 'error', human: 'Beyond the parser', expression: 'page.select(mood).isDistinct()' },
      ],
    },
    system('Diary.id', 'string'),
    element('Diary.extension', 'Extension', many),
    element('Diary.note', 'string', many),
    element('Diary.page', 'BackboneElement', many),
    system('Diary.page.id', 'string'),
    element('Diary.page.mood', 'code', { min: 1, binding: BINDING }),
    {
      path: 'Diary.page.when[x]',
      min: 1,
      max: '1',
      type: [{ code: 'date' }, { code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Diary'] }],
    },
    element('Diary.page.removed', 'string', { max: '0' }),
    { path: 'Diary.page.page', min: 0, max: '2', contentReference: '#Diary.page' },
  ]),
  'StructureDefinition-Element.json': definition('complex-type', [
    { path: 'Element' },
    system('Element.id', 'string'),
    element('Element.extension', 'Extension', many),
  ]),
  'StructureDefinition-Extension.json': definition('complex-type', [
    { path: 'Extension' },
    system('Extension.url', 'uri', { min: 1 }),
    element('Extension.value[x]', 'boolean'),
  ]),
  'StructureDefinition-Reference.json': definition('complex-type', [{ path: 'Reference' }, element('Reference.reference', 'string')]),
  'ValueSet-mood.json': {
    compose: { include: [{ system: 'http://example.org/mood' }, { system: 'http://example.org/more', concept: [{ code: 'calm' }] }] },
  },
}
const MOODS = {
  url: 'http://example.org/mood',
  content: 'complete',
  concept: [{ code: 'glad', concept: [{ code: 'very-glad' }] }],
} as CodeSystem
const read = (file: string): unknown => FILES[file] ?? expect.unreachable(`asked for ${file}`)
const build = () => buildR4Schema(['Diary'], read, new Map([[MOODS.url ?? '', MOODS]]))

describe('the generator, on a package of four definitions', () => {
  const schema = build()

  test('records the package it was made from', () => {
    expect(schema.source).toEqual({ package: 'tiny', version: '1.2.3', license: 'CC0-1.0' })
  })

  test('gives the same bytes each time', () => {
    expect(JSON.stringify(build())).toBe(JSON.stringify(schema))
    expect(Object.keys(schema.$defs)).toEqual(Object.keys(schema.$defs).sort())
  })

  test('expands a required binding, children included', () => {
    expect(schema.$defs['code:mood']).toEqual({ enum: ['glad', 'very-glad', 'calm'] })
  })

  test('keeps an error that it can read, and neither advice nor what it cannot read', () => {
    expect(Object.keys(schema.$defs.Diary?.rules ?? {})).toEqual(['dia-1'])
  })

  test.each([
    [{ page: [{ mood: 'calm', whenDate: '2026-01-02' }] }, []],
    [{ page: [{ mood: 'glad', whenReference: { reference: 'Diary/1' }, page: [{ mood: 'glad', whenDate: '2026' }] }] }, []],
    [{ note: ['a', null], _note: [null, { extension: [{ url: 'x', valueBoolean: true }] }] }, []],
    [{ note: [null] }, ['structure Diary.note[0]']],
    [{}, ['invariant Diary']],
    [{ page: [{ mood: 'sad', whenDate: '2026' }] }, ['value Diary.page[0].mood']],
    [{ page: [{ mood: 'glad' }] }, ['required Diary.page[0].when']],
    [{ page: [{ mood: 'glad', whenDate: '2026', whenReference: { reference: 'Diary/1' } }] }, ['structure Diary.page[0].when']],
    [{ page: [{ mood: 'glad', whenReference: { reference: 'Patient/1' } }] }, ['value Diary.page[0].whenReference.reference']],
    [{ page: [{ mood: 'glad', whenDate: '2026', removed: 'x' }] }, ['structure Diary.page[0].removed']],
    [
      { page: [{ mood: 'glad', whenDate: '2026', page: Array(3).fill({ mood: 'glad', whenDate: '2026' }) }] },
      ['structure Diary.page[0].page'],
    ],
  ])('its schema judges %j', (content, faults) => {
    const check = createResourceCheck(compileR4(schema))
    expect(check({ resourceType: 'Diary', ...content }).map(({ code, expression }) => `${code} ${expression}`)).toEqual(faults)
  })

  test('a value set composed in an unknown way stops it', () => {
    const filtered = { compose: { include: [{ system: 'http://example.org/mood', filter: [{ property: 'a', op: '=', value: 'b' }] }] } }
    const readFiltered = (file: string): unknown => (file === 'ValueSet-mood.json' ? filtered : read(file))
    expect(() => buildR4Schema(['Diary'], readFiltered, new Map())).toThrow('composed in a way')
  })

  test('a code system that is not complete binds nothing', () => {
    const fragment = new Map([['http://example.org/mood', { ...MOODS, content: 'fragment' } as CodeSystem]])
    expect(buildR4Schema(['Diary'], read, fragment).$defs['code:mood']).toBeUndefined()
  })
})

describe('the committed schema', () => {
  test('was made from the official package', () => {
    expect(r4Schema.source).toEqual({ package: 'hl7.fhir.r4.examples', version: '4.0.1', license: 'CC0-1.0' })
  })

  test('holds every resource type, in order', () => {
    expect(RESOURCE_TYPES.filter((type) => !isResourceType(r4Schema, type))).toEqual([])
    expect(Object.keys(r4Schema.$defs)).toEqual(Object.keys(r4Schema.$defs).sort())
  })

  test('every reference in it leads somewhere', () => {
    const names = [...JSON.stringify(r4Schema).matchAll(/"\$ref":"#\/\$defs\/([^"]+)"/g)].map(([, name]) => name!)
    expect(names.filter((name) => !Object.hasOwn(r4Schema.$defs, name))).toEqual([])
  })
})
