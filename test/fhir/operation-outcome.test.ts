import { expect, test } from 'vitest'
import { AssessmentError, type Issue } from '../../src/errors.ts'
import { createResourceCheck } from '../../src/fhir/check-resource.ts'
import { compileR4 } from '../../src/fhir/compile-r4.ts'
import { operationOutcome, operationOutcomeOf } from '../../src/fhir/operation-outcome.ts'
import { r4Schema } from './r4-corpus.ts'

const check = createResourceCheck(compileR4(r4Schema))
const issues: Issue[] = [
  { severity: 'error', code: 'required', expression: 'Observation.status', diagnostics: 'This element is required' },
  { severity: 'warning', code: 'business-rule', diagnostics: 'S1' },
]

test('issues keep their order, and a place only where they have one', () => {
  expect(operationOutcome(issues)).toEqual({
    resourceType: 'OperationOutcome',
    issue: [
      { severity: 'error', code: 'required', expression: ['Observation.status'], diagnostics: 'This element is required' },
      { severity: 'warning', code: 'business-rule', diagnostics: 'S1' },
    ],
  })
})

test('no issues: one that says so, because an OperationOutcome is never empty', () => {
  expect(operationOutcome([])).toMatchObject({ issue: [{ severity: 'information', code: 'informational' }] })
})

test('an error of ours keeps code, text and place', () => {
  const error = new AssessmentError('code-invalid', 'linkId is unknown', { expression: 'QuestionnaireResponse.item[3].linkId' })
  expect(operationOutcomeOf(error).issue).toEqual([
    { severity: 'error', code: 'code-invalid', diagnostics: 'linkId is unknown', expression: ['QuestionnaireResponse.item[3].linkId'] },
  ])
})

test.each([new Error('password=x'), 'password=x', undefined, null, { message: 'password=x' }])(
  'what we did not raise stays unexplained: %j',
  (error) => {
    const outcome = operationOutcomeOf(error)
    expect(outcome.issue).toEqual([{ severity: 'error', code: 'exception', diagnostics: 'Internal error' }])
  },
)

test('all of them are valid R4', () => {
  const outcomes = [
    operationOutcome(issues),
    operationOutcome([]),
    operationOutcomeOf(new AssessmentError('too-long', 'x')),
    operationOutcomeOf(1),
  ]
  expect(outcomes.flatMap(check)).toEqual([])
})
