import type { ElementDefinition } from 'fhir/r4.js'
import { TASK_SYSTEM } from '../fhir/acknowledgement.ts'
import { TRACE_EXTENSION } from '../fhir/provenance.ts'
import { OUTCOME_SYSTEM, RULE_EXTENSION, TIER_SYSTEM } from '../fhir/risk-assessment.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { LANGUAGE_EXTENSION, METHOD_SYSTEM, PROXY_EXTENSION, SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import { SURVEY } from './artifact.ts'
import { EXTENSIONS } from './extensions.ts'
import type { Difference } from './snapshot.ts'
import type { Profile } from './structure-definition.ts'

const R4 = 'http://hl7.org/fhir/StructureDefinition'
const reference = (...types: string[]): NonNullable<ElementDefinition['type']> => [
  { code: 'Reference', targetProfile: types.map((type) => `${R4}/${type}`) },
]
const coded = (system: string) => ({ patternCodeableConcept: { coding: [{ system }] } })
const POINTS = { system: 'http://unitsofmeasure.org', code: '{score}' }
const SLICED_BY_URL: NonNullable<Difference['slicing']> = { discriminator: [{ type: 'value', path: 'url' }], ordered: false, rules: 'open' }

/** The url stands in the slice too, for validators that do not look into the extension's own definition. */
const extension = (parent: string, sliceName: string, url: string, more: Omit<Difference, 'id'> = {}): Difference[] => [
  { id: `${parent}.extension:${sliceName}`, type: [{ code: 'Extension', profile: [url] }], ...more },
  { id: `${parent}.extension:${sliceName}.url`, fixedUri: url },
]

const SLICED_BY_PATTERN: NonNullable<Difference['slicing']> = { discriminator: [{ type: 'pattern', path: '$this' }], rules: 'open' }

/** Found again by its identifier, which depends on the response alone. A server may add others. */
const identified = (type: string): Difference[] => [
  { id: `${type}.identifier`, min: 1, slicing: SLICED_BY_PATTERN },
  {
    id: `${type}.identifier:result`,
    min: 1,
    max: '1',
    short: '<uuidv5 of the response>.<role>',
    patternIdentifier: { system: RESULT_SYSTEM },
  },
]

/** What every Observation of a response has: in the order of R4's elements. */
const observation = ({ value, members }: { value: Difference[]; members: Difference }): Difference[] => [
  { id: 'Observation.extension', min: 1, slicing: SLICED_BY_URL },
  ...extension('Observation', 'infant', INFANT_EXTENSION, { max: '1' }),
  ...extension('Observation', 'responseLanguage', LANGUAGE_EXTENSION, { max: '1' }),
  ...extension('Observation', 'proxy', PROXY_EXTENSION, { min: 1, max: '1' }),
  ...identified('Observation'),
  { id: 'Observation.category', min: 1, slicing: SLICED_BY_PATTERN },
  {
    id: 'Observation.category:survey',
    min: 1,
    max: '1',
    patternCodeableConcept: { coding: [{ system: SURVEY.system, code: SURVEY.code }] },
  },
  { id: 'Observation.code', short: 'The code of the score first, LOINC second', ...coded(SCORE_SYSTEM) },
  { id: 'Observation.subject', min: 1, short: 'The mother', type: reference('Patient') },
  { id: 'Observation.focus', max: '0' },
  { id: 'Observation.effective[x]', min: 1, short: 'When she answered', type: [{ code: 'dateTime' }] },
  { id: 'Observation.performer', max: '0' },
  ...value,
  { id: 'Observation.method', min: 1, short: 'The instrument and its version', ...coded(METHOD_SYSTEM) },
  { id: 'Observation.device', min: 1, short: 'The software and its version' },
  members,
  { id: 'Observation.derivedFrom', min: 1, max: '1', type: reference('QuestionnaireResponse') },
]

const SCORE_VALUE: Difference[] = [
  {
    id: 'Observation.value[x]',
    short: 'The number; absent while an answer is missing',
    type: [{ code: 'Quantity' }],
    patternQuantity: POINTS,
  },
]

const COMPONENTS: Difference[] = [
  { id: 'Observation.component', short: 'Bounds of an incomplete score; how a complete one stands to her own earlier ones' },
  { id: 'Observation.component.code', ...coded(SCORE_SYSTEM) },
  { id: 'Observation.component.value[x]', min: 1, type: [{ code: 'Quantity' }], patternQuantity: POINTS },
]

const HAS_NUMBER_OR_REASON: NonNullable<ElementDefinition['constraint']> = [
  {
    key: 'kizuna-score-1',
    severity: 'error',
    human: 'A score is a number, or says that it cannot be known and between what bounds it lies',
    expression: 'value.exists() or (dataAbsentReason.exists() and component.count() = 2)',
  },
]

/** The profiles of what is written, and the extensions in them. */
export const PROFILES: readonly Profile[] = [
  {
    id: 'score-observation',
    type: 'Observation',
    title: 'Score',
    description: 'One score of one response: a total or a subscale. Incomplete, it has bounds and no number.',
    differences: [
      { id: 'Observation', constraint: HAS_NUMBER_OR_REASON },
      ...observation({ value: SCORE_VALUE, members: { id: 'Observation.hasMember', max: '0' } }),
      ...COMPONENTS,
    ],
  },
  {
    id: 'panel-observation',
    type: 'Observation',
    title: 'Panel of scores',
    description: 'All scores of one response. It has no value of its own.',
    differences: observation({
      value: [
        { id: 'Observation.value[x]', max: '0' },
        { id: 'Observation.dataAbsentReason', max: '0' },
      ],
      members: { id: 'Observation.hasMember', min: 1, type: reference('Observation') },
    }),
  },
  {
    id: 'risk-assessment-result',
    type: 'RiskAssessment',
    title: 'What needs attention',
    description:
      'The tier of attention for each outcome that a rule could be evaluated for, with every rule that fired, its numbers and its source.',
    differences: [
      ...identified('RiskAssessment'),
      { id: 'RiskAssessment.method', min: 1, short: 'The rule set and its version', ...coded(METHOD_SYSTEM) },
      { id: 'RiskAssessment.subject', short: 'The mother', type: reference('Patient') },
      { id: 'RiskAssessment.occurrence[x]', min: 1, short: 'When she answered', type: [{ code: 'dateTime' }] },
      { id: 'RiskAssessment.basis', min: 1, short: 'The response first, then its scores, then the earlier ones that were used' },
      { id: 'RiskAssessment.prediction.extension', slicing: SLICED_BY_URL },
      ...extension('RiskAssessment.prediction', 'rule', RULE_EXTENSION),
      { id: 'RiskAssessment.prediction.outcome', min: 1, ...coded(OUTCOME_SYSTEM) },
      { id: 'RiskAssessment.prediction.qualitativeRisk', min: 1, short: 'The tier', ...coded(TIER_SYSTEM) },
      { id: 'RiskAssessment.prediction.rationale', min: 1 },
    ],
  },
  {
    id: 'result-provenance',
    type: 'Provenance',
    title: 'How results came about',
    description: 'One write of results: by which software, under which rules, from which response.',
    differences: [
      { id: 'Provenance.extension', slicing: SLICED_BY_URL },
      ...extension('Provenance', 'trace', TRACE_EXTENSION, { max: '1' }),
      { id: 'Provenance.policy', min: 2, short: 'The rule set with its version, and the SHA-256 of its text' },
      { id: 'Provenance.entity', min: 1, max: '1' },
      { id: 'Provenance.entity.role', patternCode: 'source' },
      { id: 'Provenance.entity.what', short: 'The response' },
    ],
  },
  {
    id: 'acknowledgement-task',
    type: 'Task',
    title: 'Attend to a safety answer',
    description:
      'Asks for somebody now, and holds who has seen a safety answer (accepted) and who has done what (completed). One for each response; it holds no answer.',
    differences: [
      ...identified('Task'),
      { id: 'Task.intent', patternCode: 'order' },
      { id: 'Task.priority', min: 1, patternCode: 'stat' },
      { id: 'Task.code', min: 1, ...coded(TASK_SYSTEM) },
      {
        id: 'Task.focus',
        min: 1,
        short: 'The RiskAssessment; of a response that was refused, the response',
        type: reference('RiskAssessment', 'QuestionnaireResponse'),
      },
      { id: 'Task.for', min: 1, short: 'The mother', type: reference('Patient') },
      { id: 'Task.authoredOn', min: 1 },
      { id: 'Task.restriction', min: 1, short: 'The deadline' },
      { id: 'Task.output', max: '2', short: 'The two steps: seen, then done; by whom, when, and what' },
      { id: 'Task.output.type', ...coded(TASK_SYSTEM) },
      { id: 'Task.output.value[x]', type: [{ code: 'Annotation' }] },
    ],
  },
  ...EXTENSIONS,
]
