import type { FhirResource, QuestionnaireResponse, Reference, RelatedPerson, RiskAssessment } from 'fhir/r4.js'
import type { PatientRecord } from '../../src/app/clinic.ts'
import { type Answer, type Form, responseOf, startForm } from '../../src/app/form/form.ts'
import { assess } from '../../src/assess.ts'
import { buildResources } from '../../src/fhir/transaction.ts'
import type { Language } from '../../src/instrument/instrument.ts'
import { loadKnowledge } from '../../src/load-knowledge.ts'

export const knowledge = loadKnowledge()
export const NOW = '2026-03-01T10:00:00+09:00'
export const instrumentOf = (id: string) => knowledge.instruments.find((one) => one.id === id)!

export const INFANT: RelatedPerson = {
  resourceType: 'RelatedPerson',
  id: 'infant',
  patient: { reference: 'Patient/mother' },
  birthDate: '2026-01-15',
  name: [{ text: 'Yui' }],
}
export const aboutInfant = (id = 'infant'): Reference => ({ reference: `RelatedPerson/${id}` })

interface Given {
  readonly id: string
  readonly instrument: string
  readonly authored: string
  /** Places of the chosen options in printed order; undefined leaves an item unanswered. */
  readonly places: readonly (number | undefined)[]
  readonly language?: Language
  readonly infant?: Reference
  readonly status?: QuestionnaireResponse['status']
}

/** A form of nobody's with options chosen by their printed place. */
export function filledForm({ id, instrument: name, authored, places, language = 'en', infant }: Given): Form {
  const instrument = instrumentOf(name)
  const form = startForm({ instrument, language, mode: 'hand-over', uuid: id, patientId: 'mother', authored, infant })
  const chosen = instrument.items.flatMap(({ linkId, options }, index): [string, Answer][] => {
    const option = options[places[index] ?? -1]
    return option === undefined ? [] : [[linkId, { code: option.code }]]
  })
  return { ...form, answers: Object.fromEntries(chosen) }
}

/** The response of a form as a server holds it. */
export function storedResponse(given: Given): QuestionnaireResponse {
  const response = responseOf(filledForm(given), 'completed', given.authored)
  return { ...response, id: given.id, status: given.status ?? 'completed', meta: { versionId: '1' } }
}

/** The record of a mother who answered these, each judged by what was known when it came. */
export function recordOf(given: readonly Given[], history: readonly FhirResource[] = [INFANT]): PatientRecord {
  const responses: QuestionnaireResponse[] = []
  const known = [...history]
  for (const one of given) {
    const response = storedResponse(one)
    responses.push(response)
    const result = assess(knowledge, response, known)
    if (result.outcome === 'refused') throw new Error(JSON.stringify(result.issues))
    known.push(...buildResources(knowledge, result, { recorded: one.authored }))
  }
  return {
    patient: { resourceType: 'Patient', id: 'mother', name: [{ text: 'Mother' }], birthDate: '1995-01-01' },
    infants: known.filter((one) => one.resourceType === 'RelatedPerson'),
    history: known.filter(({ resourceType }) => resourceType !== 'RiskAssessment' && resourceType !== 'Provenance'),
    assessments: known.filter((one): one is RiskAssessment => one.resourceType === 'RiskAssessment'),
    responses,
    unreadable: [],
  }
}

/** Ten answers of the EPDS of which the first `score` give one point each; item 10 last, so it stays zero below ten. */
export const epdsPlaces = (score: number): number[] => {
  const bestFirst = [0, 1, 3]
  return Array.from({ length: 10 }, (_, index) => {
    const weight = index < score ? 1 : 0
    return bestFirst.includes(index) ? weight : 3 - weight
  })
}

/** MIBS-J with this much anger and rejection (0 to 4, a point each on items 2, 3, 5, 7) and nothing else. */
export const mibsPlaces = (anger: number): number[] => {
  const rejecting = [1, 2, 4, 6]
  const firstZero = [0, 5, 7, 9]
  return Array.from({ length: 10 }, (_, index) => {
    if (firstZero.includes(index)) return 0
    return rejecting.includes(index) && rejecting.indexOf(index) < anger ? 2 : 3
  })
}
