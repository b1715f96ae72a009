import type { FhirResource, Observation, Patient, RelatedPerson } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { INFANT_EXTENSION } from '../../src/score/context.ts'
import { createHistoryIndex } from '../../src/trajectory/history-index.ts'

const score = (id: string, woman: string, infant?: string): Observation => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'score' },
  subject: { reference: woman },
  ...(infant !== undefined && { extension: [{ url: INFANT_EXTENSION, valueReference: { reference: infant } }] }),
})
const baby = (id: string, ...links: string[]): Patient => ({
  resourceType: 'Patient',
  id,
  birthDate: '2026-01-01',
  ...(links.length > 0 && { link: links.map((reference) => ({ other: { reference }, type: 'seealso' as const })) }),
})
const related = (id: string, woman: string): RelatedPerson => ({ resourceType: 'RelatedPerson', id, patient: { reference: woman } })

const about = (woman: string, infant?: string) => ({
  resourceType: 'QuestionnaireResponse',
  subject: { reference: woman },
  ...(infant !== undefined && { extension: [{ url: INFANT_EXTENSION, valueReference: { reference: infant } }] }),
})
const idsOf = (resources: FhirResource[], response: unknown, onlySubject?: string): string[] =>
  createHistoryIndex(resources)
    .historyOf(response, onlySubject)
    .map(({ id }) => id!)

describe('what belongs to a woman', () => {
  const two = [score('o1', 'Patient/hana'), score('o2', 'Patient/yui'), score('o3', 'https://ehr.example/fhir/Patient/hana')]

  test.each([
    { name: 'her own results, however she is named', resources: two, response: about('Patient/hana'), ids: ['o1', 'o3'] },
    { name: 'nothing of others', resources: two, response: about('Patient/mei'), ids: [] },
    {
      name: 'a child as RelatedPerson',
      resources: [...two, related('r', 'Patient/yui')],
      response: about('Patient/yui'),
      ids: ['o2', 'r'],
    },
    {
      name: 'an infant that the response names',
      resources: [...two, baby('b')],
      response: about('Patient/yui', 'Patient/b'),
      ids: ['o2', 'b'],
    },
    {
      name: 'an infant that an Observation of hers names',
      resources: [...two, score('o4', 'Patient/yui', 'Patient/b'), baby('b')],
      response: about('Patient/yui'),
      ids: ['o2', 'o4', 'b'],
    },
    { name: 'an infant linked to her', resources: [...two, baby('b', 'Patient/yui')], response: about('Patient/yui'), ids: ['o2', 'b'] },
    {
      name: 'an infant linked to a RelatedPerson of hers',
      resources: [...two, related('r', 'Patient/yui'), baby('b', 'RelatedPerson/r')],
      response: about('Patient/yui'),
      ids: ['o2', 'r', 'b'],
    },
    {
      name: 'not the infant linked to another',
      resources: [...two, baby('b', 'Patient/yui')],
      response: about('Patient/hana'),
      ids: ['o1', 'o3'],
    },
    {
      name: 'not an infant linked to nobody, of two women',
      resources: [...two, baby('b')],
      response: about('Patient/hana'),
      ids: ['o1', 'o3'],
    },
    {
      name: 'an infant linked to nobody, where all is about her',
      resources: [score('o1', 'Patient/hana'), baby('b')],
      response: about('Patient/hana'),
      ids: ['o1', 'b'],
    },
    { name: 'not so for another woman', resources: [score('o1', 'Patient/hana'), baby('b')], response: about('Patient/yui'), ids: [] },
    {
      name: 'her own record, which may show that she is the infant',
      resources: [...two, baby('yui')],
      response: about('Patient/yui'),
      ids: ['o2', 'yui'],
    },
  ])('$name', ({ resources, response, ids }) => expect(idsOf(resources, response)).toEqual(ids))

  test('an infant alone is hers only where all responses are about her', () => {
    expect(idsOf([baby('b')], about('Patient/hana'), 'Patient/hana')).toEqual(['b'])
    expect(idsOf([baby('b')], about('Patient/hana'))).toEqual([])
  })
})

test.each([undefined, null, 7, 'x', [], {}, { subject: null }, { subject: 'x' }, { subject: { reference: 7 }, extension: [null, 7] }])(
  'what is no response has no history: %j',
  (received) => expect(createHistoryIndex([score('o1', 'Patient/hana')]).historyOf(received)).toEqual([]),
)
