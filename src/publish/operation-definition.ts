import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js'
import { headOf } from './artifact.ts'

/**
 * `$score` as the service does it.
 * @see https://hl7.org/fhir/R4/operationdefinition.html
 */
export const buildScoreOperation = (version: string): OperationDefinition => ({
  ...headOf('OperationDefinition', 'QuestionnaireResponse-score', version),
  title: 'Score questionnaire responses',
  status: 'active',
  kind: 'operation',
  experimental: false,
  description:
    'Scores each response and judges it by the rule set. What cannot be trusted is refused by itself, inside the answer, and what its safety items say stands all the same. Persists nothing unless `writeBack` is true. The body may also be a single QuestionnaireResponse or a Bundle. `Prefer: return=minimal` leaves the bundles out of the answer.',
  affectsState: true,
  code: 'score',
  resource: ['QuestionnaireResponse'],
  system: false,
  type: true,
  instance: false,
  parameter: [
    input('response', [1, '*'], 'Resource', 'A QuestionnaireResponse, or a Bundle of them.'),
    input(
      'questionnaire',
      [0, '*'],
      'Resource',
      "Definitions of other people's forms that the responses answer; single resources or Bundles.",
    ),
    input('history', [0, '*'], 'Resource', 'Earlier score Observations, birth and due dates, the infant; single resources or Bundles.'),
    input('writeBack', [0, '1'], 'boolean', "Write the results to the hospital's FHIR server with the caller's own token."),
    { ...OUT, name: 'result', min: 0, max: '*', documentation: 'One for each response, in the order of the input.', part: resultParts() },
  ],
})

/**
 * SDC's `$populate`, as far as the service goes with it: the response's own elements, never an answer.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate
 */
export const buildPopulateOperation = (version: string): OperationDefinition => ({
  ...headOf('OperationDefinition', 'Questionnaire-populate', version),
  title: 'Begin a questionnaire response',
  status: 'active',
  kind: 'operation',
  experimental: false,
  description:
    'Gives a response that is begun: questionnaire, subject, encounter, author, authored, infant and language. No item is ever filled in: these questionnaires measure what a mother answers herself. Keeps nothing. One of `canonical`, `questionnaire`, `questionnaireRef` and `identifier` names the Questionnaire, unless the address does.',
  affectsState: false,
  code: 'populate',
  base: `${SDC}/Questionnaire-populate`,
  resource: ['Questionnaire'],
  system: false,
  type: true,
  instance: true,
  parameter: [
    input('canonical', [0, '1'], 'uri', 'url|version; without a version where there is only one.'),
    input('questionnaire', [0, '1'], 'Questionnaire', 'Counts by its url and version.'),
    input('questionnaireRef', [0, '1'], 'Reference', 'Questionnaire/id, or a canonical.'),
    input('identifier', [0, '1'], 'Identifier', 'A business identifier of the Questionnaire.'),
    input('subject', [1, '1'], 'Reference', 'The mother, a Patient.'),
    { ...context('context'), documentation: 'What the caller knows: patient, encounter, user, infant.' },
    { ...context('launchContext'), documentation: 'The same as context, as earlier versions of SDC name it.' },
    input('local', [0, '1'], 'boolean', 'Changes nothing: this service holds nothing of anybody.'),
    {
      ...OUT,
      name: 'response',
      min: 1,
      max: '1',
      documentation: 'The response, in-progress, without items.',
      type: 'QuestionnaireResponse',
    },
    { ...OUT, name: 'issues', min: 1, max: '1', documentation: 'What was not used, and what to mind.', type: 'OperationOutcome' },
  ],
})

/**
 * SDC's `$extract`, as far as the service goes with it and beyond: the bundle of `$score`.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract
 */
export const buildExtractOperation = (version: string): OperationDefinition => ({
  ...headOf('OperationDefinition', 'QuestionnaireResponse-extract', version),
  title: 'Extract the results of a questionnaire response',
  status: 'active',
  kind: 'operation',
  experimental: false,
  description:
    'The transaction that `$score` gives: scores, the panel, a RiskAssessment, a Provenance, under identifiers made from the identity of the response. A score with unanswered items is extracted too, without a value and with its bounds; nothing is ever deleted. Persists nothing.',
  affectsState: false,
  code: 'extract',
  base: `${SDC}/QuestionnaireResponse-extract`,
  resource: ['QuestionnaireResponse'],
  system: false,
  type: true,
  instance: true,
  parameter: [
    input(
      'questionnaire-response',
      [0, '1'],
      'QuestionnaireResponse',
      'The response, unless the address names it; it may also be the body itself.',
    ),
    input('questionnaire', [0, '*'], 'Questionnaire', 'The definition of a form of somebody else.'),
    { ...OUT, name: 'return', min: 0, max: '1', documentation: 'The transaction.', type: 'Bundle' },
    { ...OUT, name: 'issues', min: 0, max: '1', documentation: 'Warnings, such as the status of the wording.', type: 'OperationOutcome' },
  ],
})

const SDC = 'http://hl7.org/fhir/uv/sdc/OperationDefinition'

const context = (name: string) =>
  ({
    name,
    use: 'in',
    min: 0,
    max: '*',
    part: [
      { name: 'name', use: 'in', min: 1, max: '1', type: 'string' },
      { name: 'content', use: 'in', min: 0, max: '1', type: 'Resource', documentation: 'A resource, or a Reference as valueReference.' },
    ],
  }) satisfies OperationDefinitionParameter

const OUT = { use: 'out' } as const

const input = (
  name: string,
  [min, max]: readonly [number, string],
  type: OperationDefinitionParameter['type'] & string,
  documentation: string,
) => ({ name, use: 'in', min, max, documentation, type }) satisfies OperationDefinitionParameter

const resultParts = (): OperationDefinitionParameter[] => [
  { ...OUT, name: 'summary', min: 1, max: '1', documentation: 'The summary line, as JSON.', type: 'string' },
  { ...OUT, name: 'bundle', min: 0, max: '1', documentation: 'The transaction that would write the results.', type: 'Bundle' },
  { ...OUT, name: 'issues', min: 1, max: '1', documentation: 'Warnings, and the reasons of a refusal.', type: 'OperationOutcome' },
  { ...OUT, name: 'written', min: 0, max: '*', documentation: 'What the server now holds, after `writeBack`.', type: 'Reference' },
]
