import type { OperationDefinition, OperationDefinitionParameter } from 'fhir/r4.js'
import { headOf } from './artifact.ts'

/**
 * `$score` as the service does it. `$extract` and `$populate` are SDC's own and defined there.
 * @see https://hl7.org/fhir/R4/operationdefinition.html
 */
export const buildScoreOperation = (version: string): OperationDefinition => ({
  ...headOf('OperationDefinition', 'QuestionnaireResponse-score', version),
  title: 'Score questionnaire responses',
  status: 'active',
  kind: 'operation',
  experimental: false,
  description:
    'Scores each response and judges it by the rule set. What cannot be trusted is refused by itself, inside the answer, and what its safety items say stands all the same. Persists nothing unless `writeBack` is true. The body may also be a single QuestionnaireResponse or a Bundle.',
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

const OUT = { use: 'out' } as const

const input = (name: string, [min, max]: readonly [number, string], type: 'Resource' | 'boolean', documentation: string) =>
  ({ name, use: 'in', min, max, documentation, type }) satisfies OperationDefinitionParameter

const resultParts = (): OperationDefinitionParameter[] => [
  { ...OUT, name: 'summary', min: 1, max: '1', documentation: 'The summary line, as JSON.', type: 'string' },
  { ...OUT, name: 'bundle', min: 0, max: '1', documentation: 'The transaction that would write the results.', type: 'Bundle' },
  { ...OUT, name: 'issues', min: 1, max: '1', documentation: 'Warnings, and the reasons of a refusal.', type: 'OperationOutcome' },
  { ...OUT, name: 'written', min: 0, max: '*', documentation: 'What the server now holds, after `writeBack`.', type: 'Reference' },
]
