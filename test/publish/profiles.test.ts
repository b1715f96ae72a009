import type { Extension, FhirResource, Observation, RiskAssessment, StructureDefinition } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { resourcesOf } from '../../src/emit.ts'
import { BASE, weightRangeOf } from '../../src/instrument/instrument.ts'
import { snapshotOf } from '../../src/publish/snapshot.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { response } from '../fixtures/responses.ts'
import { broken } from './conformance.ts'
import { artifacts, sources } from './sources.ts'

const profiles = artifacts.filter((one): one is StructureDefinition => one.resourceType === 'StructureDefinition')
const profile = (id: string) => profiles.find((one) => one.id === id)!
const recording = { recorded: '2026-04-01T00:00:00Z' }
const infant = { extension: [{ url: `${BASE}/StructureDefinition/infant`, valueReference: { reference: 'RelatedPerson/infant' } }] }

const responses = ['epds', 'mibs-j', 'pbq', 'phq-9', 'infant-temperament'].flatMap((id) => {
  const items = knowledge.instruments.find((one) => one.id === id)!.items
  const highest = items.map(({ options }) => weightRangeOf({ linkId: '', options })?.[1])
  return [
    response(id, highest, { id: `${id}-1`, language: 'ja', ...infant }),
    response(id, highest.slice(0, 7), { id: `${id}-2`, encounter: { reference: 'Encounter/1' } }),
    response(id, [], { id: `${id}-3`, source: { reference: 'Practitioner/1' } }),
  ]
})
const written: FhirResource[] = [knowledge, withSite({ jpCore: true })].flatMap((known) =>
  responses.flatMap((one) => resourcesOf(known, assess(known, one), recording)),
)

const isPanel = (one: Observation) => one.hasMember !== undefined
const OF: Record<string, readonly FhirResource[]> = {
  'score-observation': written.filter((one) => one.resourceType === 'Observation' && !isPanel(one)),
  'panel-observation': written.filter((one) => one.resourceType === 'Observation' && isPanel(one)),
  'risk-assessment-result': written.filter(({ resourceType }) => resourceType === 'RiskAssessment'),
  'result-provenance': written.filter(({ resourceType }) => resourceType === 'Provenance'),
}

describe('what is written', () => {
  test.each(Object.entries(OF))('conforms to %s', (id, resources) => {
    expect(resources.length).toBeGreaterThan(10)
    for (const resource of resources) expect(broken(profile(id), resource)).toEqual([])
  })

  test('every extension in it conforms to its own definition and stands where that allows', () => {
    const found = written.flatMap((one) => [
      ...((one as Observation).extension ?? []).map((extension) => [one.resourceType as string, extension] as const),
      ...((one as RiskAssessment).prediction ?? []).flatMap(({ extension = [] }) =>
        extension.map((e) => ['RiskAssessment.prediction', e] as const),
      ),
    ])
    expect(new Set(found.map(([, { url }]) => url)).size).toBe(5)
    for (const [where, extension] of found) {
      const definition = profiles.find(({ url }) => url === extension.url)!
      expect(definition.context!.map(({ expression }) => expression)).toContain(where)
      expect(broken(definition, extension as Extension & Record<string, unknown>)).toEqual([])
    }
  })

  test.each<[string, string, (resource: never) => void]>([
    ['score-observation', 'Observation.category:survey', (one: Observation) => (one.category = [{ text: 'survey' }])],
    ['score-observation', 'Observation.code', (one: Observation) => (one.code = { text: 'score' })],
    ['score-observation', 'kizuna-score-1', (one: Observation) => delete one.valueQuantity],
    ['score-observation', 'Observation.extension:proxy', (one: Observation) => delete one.extension],
    ['score-observation', 'Observation.value[x]', (one: Observation) => (one.valueInteger = 3)],
    ['panel-observation', 'Observation.hasMember', (one: Observation) => delete one.hasMember],
    ['risk-assessment-result', 'RiskAssessment.prediction.rationale', (one: RiskAssessment) => delete one.prediction![0]!.rationale],
    ['risk-assessment-result', 'RiskAssessment.identifier', (one: RiskAssessment) => (one.identifier = [{ value: '1' }])],
  ])('%s does not let pass a broken %s', (id, element, spoil) => {
    const resource = structuredClone(OF[id]![0]!) as never
    spoil(resource)
    expect(broken(profile(id), resource).join('\n')).toContain(element)
  })
})

describe('a snapshot', () => {
  test.each(profiles.map((one) => [one.id!, one] as const))(
    '%s: all of its base in order, each element once, defined and counted',
    (_, one) => {
      const ids = one.snapshot!.element.map(({ id }) => id!)
      expect(new Set(ids).size).toBe(ids.length)
      const base = sources.r4Base.types[one.type]!.map(({ id }) => id!)
      expect(ids.filter((id) => base.includes(id))).toEqual(base)
      for (const { definition, min, max, base: origin, path, id } of one.snapshot!.element) {
        expect([definition, min, max, origin].every((part) => part !== undefined)).toBe(true)
        expect(path).toBe(id!.replaceAll(/:[A-Za-z]+/g, ''))
      }
      expect(one.differential!.element.length).toBeGreaterThan(2)
    },
  )

  test('refuses a difference about an element that R4 does not have', () => {
    expect(() => snapshotOf(sources.r4Base, 'Observation', [{ id: 'Observation.mood', max: '0' }])).toThrow('Observation.mood')
    expect(() => snapshotOf(sources.r4Base, 'Patient', [])).toThrow('Patient')
  })
})
