import type { Bundle, FhirResource, Patient, QuestionnaireResponse, QuestionnaireResponseItem, RelatedPerson } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { bundleOf, resourcesOf } from '../emit.ts'
import { type AnswerOption, canonicalOf, type Instrument, type Item } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { type Summary, summaryOf } from '../summary.ts'

/** One response, and what scoring it must give. */
export interface GoldenCase {
  readonly response: QuestionnaireResponse
  readonly summary: Summary
  /** The transaction of a first write. */
  readonly bundle: Bundle
  /** The same results as single resources. */
  readonly resources: readonly FhirResource[]
}

/** The woman and the infant that all cases are about; both are nobody. */
export const GOLDEN_HISTORY: readonly [Patient, RelatedPerson] = [
  { resourceType: 'Patient', id: 'example', active: true, name: [{ text: 'Example Mother' }], gender: 'female', birthDate: '1995-05-05' },
  {
    resourceType: 'RelatedPerson',
    id: 'example-infant',
    patient: { reference: 'Patient/example' },
    relationship: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'CHILD', display: 'child' }] }],
    birthDate: '2026-03-01',
  },
]

const AUTHORED = '2026-03-31T10:00:00+09:00'
const RECORDED = '2026-03-31T01:00:05Z'
const DECLINED = { system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'asked-declined' }

type Choose = (item: Item, index: number, of: number) => AnswerOption | 'declined' | undefined

const byWeight = ({ options }: Item): AnswerOption[] => options.toSorted((a, b) => (a.weight ?? 0) - (b.weight ?? 0))
const graded: Choose = ({ options }, index) => options[index % options.length]

/** What is answered: the ends of the range, every printed place in turn, and the two ways in which an answer can be missing. */
const CASES: Readonly<Record<string, Choose>> = {
  lowest: (item) => byWeight(item)[0],
  highest: (item) => byWeight(item).at(-1),
  graded,
  incomplete: (item, index, of) => (index === of - 1 ? undefined : graded(item, index, of)),
  declined: (item, index, of) => (index === Math.floor(of / 2) ? 'declined' : graded(item, index, of)),
}

/** Cases of every instrument, 30 days after a birth, without earlier scores. The same knowledge gives the same bytes. */
export function buildGoldenCases(knowledge: Knowledge): GoldenCase[] {
  const responses = knowledge.instruments.flatMap((instrument) =>
    Object.entries(CASES).map(([name, choose]) => responseOf(instrument, name, choose)),
  )
  return responses.map((response, index) => caseOf(knowledge, response, index + 1))
}

function caseOf(knowledge: Knowledge, response: QuestionnaireResponse, line: number): GoldenCase {
  const result = assess(knowledge, response, GOLDEN_HISTORY)
  const recording = { recorded: RECORDED }
  return {
    response,
    summary: summaryOf(result, line),
    bundle: bundleOf(knowledge, result, recording) as Bundle,
    resources: resourcesOf(knowledge, result, recording),
  }
}

function responseOf(instrument: Instrument, name: string, choose: Choose): QuestionnaireResponse {
  const { id, version, items } = instrument
  return {
    resourceType: 'QuestionnaireResponse',
    id: `${id}-${version.replaceAll('.', '-')}-${name}`,
    language: 'en',
    extension: [{ url: INFANT_EXTENSION, valueReference: { reference: 'RelatedPerson/example-infant' } }],
    questionnaire: canonicalOf(instrument),
    status: 'completed',
    subject: { reference: 'Patient/example' },
    authored: AUTHORED,
    item: items.map((item, index) => itemOf(instrument, item, choose(item, index, items.length))),
  }
}

function itemOf({ answerSystem }: Instrument, { linkId }: Item, chosen: AnswerOption | 'declined' | undefined): QuestionnaireResponseItem {
  if (chosen === undefined) return { linkId }
  return { linkId, answer: [{ valueCoding: chosen === 'declined' ? DECLINED : { system: answerSystem, code: chosen.code } }] }
}
