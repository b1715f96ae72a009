import type { ElementDefinition } from 'fhir/r4.js'
import { TRACE_EXTENSION } from '../fhir/provenance.ts'
import { CIRCUMSTANCE_EXTENSION, RETRACTION_EXTENSION } from '../fhir/response-extensions.ts'
import { RULE_EXTENSION } from '../fhir/risk-assessment.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { LANGUAGE_EXTENSION, PROXY_EXTENSION } from '../trajectory/earlier-scores.ts'
import type { Difference } from './snapshot.ts'
import type { Profile } from './structure-definition.ts'

type Type = NonNullable<ElementDefinition['type']>[number]

const R4 = 'http://hl7.org/fhir/StructureDefinition'
const CODING: Type = { code: 'Coding' }
const STRING: Type = { code: 'string' }

/** The extensions that results, and responses, carry. */
export const EXTENSIONS: readonly Profile[] = [
  simple(INFANT_EXTENSION, {
    title: 'Infant',
    description: 'The infant that the answers, and the scores of them, are about. The subject stays the mother.',
    context: ['QuestionnaireResponse', 'Observation'],
    type: { code: 'Reference', targetProfile: [`${R4}/Patient`, `${R4}/RelatedPerson`] },
  }),
  simple(LANGUAGE_EXTENSION, {
    title: 'Language of the response',
    description: 'The language that the questions were answered in: scores of different wordings are not compared.',
    context: ['Observation'],
    type: { code: 'code' },
  }),
  simple(PROXY_EXTENSION, {
    title: 'Answered by a proxy',
    description: 'True when another than the mother answered: such a score is in no baseline and has no cut-off.',
    context: ['Observation'],
    type: { code: 'boolean' },
  }),
  simple(CIRCUMSTANCE_EXTENSION, {
    title: 'Circumstance of answering',
    description: 'In whose company the form was answered: alone, accompanied, with an interpreter (repeats). Absent: not recorded.',
    context: ['QuestionnaireResponse'],
    type: CODING,
    max: '*',
  }),
  simple(RETRACTION_EXTENSION, {
    title: 'Reason for taking back',
    description: 'Why a response is entered in error, in the words of whoever took it back.',
    context: ['QuestionnaireResponse'],
    type: STRING,
  }),
  simple(TRACE_EXTENSION, {
    title: 'How results came about',
    description:
      'As JSON: each item with its option and weights, each sum, the earlier scores compared with, each rule with its inputs and verdict, and the versions and hashes of what was used. The same versions give the same text.',
    context: ['Provenance'],
    type: STRING,
  }),
  {
    id: idOf(RULE_EXTENSION),
    type: 'Extension',
    title: 'Rule that fired',
    description:
      'A fired rule in a form that no language changes: its code, for X1 the rule that it leaves open, and the numbers it fired on.',
    context: ['RiskAssessment.prediction'],
    differences: [
      ...described('Rule that fired', 'A rule that fired, with its numbers'),
      { id: 'Extension.extension', min: 2 },
      ...part('code', 1, CODING, 'The rule'),
      ...part('undecided', 0, CODING, 'The rule that cannot be decided yet, where the code is X1'),
      ...part('because', 1, STRING, 'The numbers it fired on'),
      ...part('source', 0, STRING, 'Whose number it was, where a policy or a site chose it'),
      { id: 'Extension.url', fixedUri: RULE_EXTENSION },
      { id: 'Extension.value[x]', max: '0' },
    ],
  },
]

function idOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

interface Simple extends Pick<Profile, 'title' | 'description'> {
  readonly context: readonly string[]
  readonly type: Type
  readonly max?: '1' | '*'
}

function simple(url: string, { title, description, context, type, max = '1' }: Simple): Profile {
  return {
    id: idOf(url),
    type: 'Extension',
    title,
    description,
    context,
    differences: [
      ...described(title, description, max),
      { id: 'Extension.extension', max: '0' },
      { id: 'Extension.url', fixedUri: url },
      { id: 'Extension.value[x]', min: 1, type: [type] },
    ],
  }
}

function described(short: string, definition: string, max: '1' | '*' = '1'): Difference[] {
  return [{ id: 'Extension', short, definition, max }]
}

function part(name: string, min: 0 | 1, type: Type, short: string): Difference[] {
  const id = `Extension.extension:${name}`
  return [
    { id, min, max: '1', short },
    { id: `${id}.extension`, max: '0' },
    { id: `${id}.url`, fixedUri: name },
    { id: `${id}.value[x]`, min: 1, type: [type] },
  ]
}
