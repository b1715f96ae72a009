import type { CodeSystem, ConceptMap, PlanDefinition, Questionnaire } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { newestOf } from '../../src/instrument/newest.ts'
import { artifactName, buildArtifacts } from '../../src/publish/build-artifacts.ts'
import { artifacts, instrumentOf, packsOf, sources } from './sources.ts'

/** The same form in a later version that has dropped a subscale. */
const next = { ...instrumentOf('epds'), version: '1.10.0' }
const later = { ...next, scales: next.scales.slice(0, 1), answerSystem: next.answerSystem }
const both = buildArtifacts({
  ...sources,
  instruments: [later, ...sources.instruments],
  textPacks: [...sources.textPacks, ...packsOf('epds').map((pack) => ({ ...pack, version: '1.10.0' }))],
})
const find = <T>(name: string, of = both) => of.find((one) => artifactName(one) === `${name}.json`) as T

test('the newest version has the plain ids, the older one its version in them; urls never differ', () => {
  const [newer, older] = [find<Questionnaire>('Questionnaire-epds'), find<Questionnaire>('Questionnaire-epds-1.0.0')]
  expect([newer.version, older.version, newer.url]).toEqual(['1.10.0', '1.0.0', older.url])
  expect({ ...older, id: 'epds' }).toEqual(find('Questionnaire-epds', artifacts))
  expect(new Set(both.map(artifactName)).size).toBe(both.length)
})

test('codes of results stay when a later version no longer gives them, each once', () => {
  const codes = find<CodeSystem>('CodeSystem-score').concept!.map(({ code }) => code)
  expect(codes).toContain('epds-3a')
  expect(new Set(codes).size).toBe(codes.length)
  const mapped = find<ConceptMap>('ConceptMap-score-to-loinc').group![0]!.element.map(({ code }) => code)
  expect(new Set(mapped).size).toBe(mapped.length)
})

test('schedules mean the newest version', () => {
  expect(JSON.stringify(find<PlanDefinition>('PlanDefinition-japan-postpartum'))).toContain('Questionnaire/epds|1.10.0')
})

test('versions are numbers', () => {
  const of = (...versions: string[]) => newestOf(versions.map((version) => ({ ...next, version }))).map(({ version }) => version)
  expect(of('1.9.0', '1.10.0')).toEqual(['1.10.0'])
  expect(of('2.0.0', '1.10.0', '2.0.0')).toEqual(['2.0.0'])
})
