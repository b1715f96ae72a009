import type { Observation, OperationOutcome } from 'fhir/r4.js'
import { expect, test } from 'vitest'
import { BASE } from '../../src/instrument/instrument.ts'
import { goodText } from '../bulk/bad-input.ts'
import { epds, response, weights } from '../fixtures/responses.ts'
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

/** All instruments; Japanese, incomplete, retracted, answered by a proxy. */
const RESPONSES = [
  epds(14, { id: 'r1', language: 'ja' }),
  response('mibs-j', weights('0011023_10'), { id: 'r2', encounter: { reference: 'Encounter/1' } }),
  response('pbq', weights('0'.repeat(25)), { id: 'r3', source: { reference: 'Practitioner/1' } }),
  response('phq-9', weights('111111111'), { id: 'r4', status: 'entered-in-error' }),
  response('infant-temperament', [], { id: 'r5', author: { reference: 'Practitioner/1' } }),
]
const scored = async (emit: string) =>
  (await kizuna(['score', '--emit', emit], RESPONSES.map((one) => `${JSON.stringify(one)}\n`).join(''))).out
const messagesOf = (ended: Parameters<typeof linesOf>[0]): string[] =>
  linesOf<OperationOutcome>(ended).flatMap(({ issue }) => issue.map(({ diagnostics }) => diagnostics!))

test.each(['resources', 'bundle'])('whatever score --emit %s writes is valid, and its profiles are named', async (emit) => {
  const ended = await kizuna(['validate'], await scored(emit))
  expect(ended.code).toBe(0)
  const messages = messagesOf(ended)
  expect(messages.length).toBeGreaterThanOrEqual(RESPONSES.length)
  for (const message of messages) expect(message).toMatch(/^Valid R4(,| and) [a-z-]+/)
  expect(messages).toContain(
    emit === 'resources'
      ? 'Valid R4 and score-observation'
      : 'Valid R4, panel-observation, score-observation, risk-assessment-result and result-provenance',
  )
})

test('a result without what its profile asks for, an unknown profile, a response that is no such form: 3, each said where it stands', async () => {
  const results = (await scored('resources')).trim().split('\n')
  const score = results.map((line) => JSON.parse(line) as Observation).find(({ valueQuantity }) => valueQuantity !== undefined)!
  const { method: _, ...withoutMethod } = score
  const [first] = RESPONSES
  const ended = await kizuna(
    ['validate'],
    [
      withoutMethod,
      { ...score, meta: { profile: [`${BASE}/StructureDefinition/mood`] } },
      { ...first, item: [{ linkId: 'epds-77' }, ...first!.item!] },
      first,
    ]
      .map((one) => `${JSON.stringify(one)}\n`)
      .join(''),
  )
  expect(ended.code).toBe(3)
  expect(linesOf<OperationOutcome>(ended).map(({ issue }) => [issue.length, issue[0]!.code, issue[0]!.expression?.[0]])).toEqual([
    [1, 'required', 'Observation.method'],
    [1, 'not-supported', 'Observation.meta.profile[0]'],
    [1, 'code-invalid', 'QuestionnaireResponse.item[0].linkId'],
    [1, 'informational', undefined],
  ])
  expect(messagesOf(ended)[0]).toBe('score-observation: Observation.method is missing')
  expect(messagesOf(ended)[3]).toBe('Valid R4 and Questionnaire/epds|1.0.0')
})
