import type { ConceptMap, Library, ObservationDefinition } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { isLoincCode } from '../../src/instrument/loinc.ts'
import { artifacts, caseOf, INSTRUMENTS, sources } from './sources.ts'

const find = <T>(type: string, id: string) => artifacts.find((one) => one.resourceType === type && one.id === id) as T

describe.each(INSTRUMENTS.filter((id) => Object.keys(caseOf(id).scales).length > 0))('the scores of %s', (id) => {
  const scales = Object.entries(caseOf(id).scales)
  test.each(scales)('%s: codes, unit, range and each cut-off as in the literature', (code, { range, cutOffs, loinc }) => {
    const definition = find<ObservationDefinition>('ObservationDefinition', code)
    expect(definition.code.coding!.map((one) => one.code)).toEqual([code, ...(loinc === undefined ? [] : [loinc])])
    expect(definition.method!.coding![0]).toMatchObject({ code: id, version: '1.0.0' })
    expect(definition.permittedDataType).toEqual(['Quantity'])
    const [all, ...below] = definition.qualifiedInterval!
    expect([all!.category, all!.range!.low!.value, all!.range!.high!.value]).toEqual(['absolute', ...range])
    expect(below.map((one) => one.range!.high!.value! + 1)).toEqual(Object.values(cutOffs))
    for (const [index, name] of Object.keys(cutOffs).entries()) {
      const { source } = sources.instruments.find((one) => one.id === id)!.scales.find((one) => one.code === code)!.cutOffs[index]!
      expect(below[index]!.condition).toContain(`(${name}): ${source}`)
    }
  })
})

test('the window that a cut-off was studied in is said with it', () => {
  const [, interval] = find<ObservationDefinition>('ObservationDefinition', 'mibs-j-total').qualifiedInterval!
  expect(interval!.condition).toMatch(/studied on postpartum day 21 to 42 only$/)
})

test('panels and totals in LOINC, each to its own code', () => {
  const [group] = find<ConceptMap>('ConceptMap', 'score-to-loinc').group!
  const pairs = Object.fromEntries(group!.element.map(({ code, target }) => [code, target![0]!.code]))
  expect(pairs).toEqual({ 'epds-panel': '71354-5', 'epds-total': '99046-5', 'phq-9-panel': '44249-1', 'phq-9-total': '44261-6' })
  for (const { target } of group!.element) expect(isLoincCode(target![0]!.code!)).toBe(true)
})

test('the Library holds the rule set byte for byte, under the hash that Provenance names', async () => {
  const library = find<Library>('Library', 'perinatal')
  const bytes = Buffer.from(library.content![0]!.data!, 'base64')
  expect(bytes.toString('utf8')).toBe(sources.ruleSetText)
  const hash = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')
  expect(library.identifier![0]!.value).toBe(`urn:sha256:${hash}`)
  expect(library.version).toBe(sources.ruleSet.version)
})
