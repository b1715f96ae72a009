import type { OperationOutcome } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { goodText } from '../bulk/bad-input.ts'
import { fileOf, kizuna, linesOf } from './run-kizuna.ts'

const invalid = { resourceType: 'Observation', id: 'o', status: 'done', code: { text: 'x' } }

test('one outcome for each resource, in order, saying where it stands', async () => {
  const file = fileOf(`${goodText}\n${JSON.stringify(invalid)}\nno\n`)
  const ended = await kizuna(['validate', file])
  const outcomes = linesOf<OperationOutcome>(ended)
  expect(ended.code).toBe(3)
  expect(outcomes.map(({ issue }) => [issue[0]!.severity, issue[0]!.code, issue[0]!.details?.text])).toEqual([
    ['information', 'informational', `${file}:1 QuestionnaireResponse/bad`],
    ['error', 'value', `${file}:2 Observation/o`],
    ['error', 'structure', `${file}:3`],
  ])
  expect(outcomes[1]!.issue[0]!.expression).toEqual(['Observation.status'])
})

test('quiet: only those with faults', async () => {
  const ended = await kizuna(['validate', '--quiet'], `${goodText}\n${JSON.stringify(invalid)}\n`)
  expect(linesOf(ended)).toHaveLength(1)
})

test('all valid: 0; a Bundle is one resource', async () => {
  const bundle = {
    resourceType: 'Bundle',
    type: 'collection',
    entry: [{ fullUrl: 'urn:uuid:1', resource: JSON.parse(goodText) as object }],
  }
  const ended = await kizuna(['validate'], JSON.stringify(bundle, null, 2))
  expect(ended.code).toBe(0)
  expect(linesOf(ended)).toHaveLength(1)
})

test('no such file: 2', async () => expect((await kizuna(['validate', 'no-such-file'])).code).toBe(2))
