import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import { describe, expect, test } from 'vitest'
import { seeded } from './seeded.ts'
import { caseOf, INSTRUMENTS, type InstrumentCase, questionnaireOf, type ScaleCase } from './sources.ts'

const RESPONSES = 1000
const CALCULATED = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression'

type Chosen = Readonly<Record<string, string | undefined>>

function responseOf(questionnaire: Questionnaire, { answerSystem }: InstrumentCase, chosen: Chosen): QuestionnaireResponse {
  const item = Object.entries(chosen).map(([linkId, code]) => ({
    linkId,
    ...(code !== undefined && { answer: [{ valueCoding: { system: answerSystem, code } }] }),
  }))
  return {
    resourceType: 'QuestionnaireResponse',
    questionnaire: `${questionnaire.url}|${questionnaire.version}`,
    status: 'completed',
    item,
  }
}

/** What fhirpath.js makes of the published expression of one scale. */
function expressionOf(questionnaire: Questionnaire, code: string, { totalLinkId }: ScaleCase) {
  const item = questionnaire.item?.find(({ linkId }) => linkId === (totalLinkId ?? code))
  const expression = item?.extension?.find(({ url }) => url === CALCULATED)?.valueExpression?.expression
  const evaluate = fhirpath.compile(expression!, r4)
  return (response: QuestionnaireResponse) => evaluate(response, { resource: response, questionnaire })
}

const sumOf = ({ items }: ScaleCase, instrument: InstrumentCase, chosen: Chosen): number =>
  items.reduce((sum, linkId) => sum + (instrument.items[linkId]?.[chosen[linkId] ?? ''] ?? Number.NaN), 0)

const scored = INSTRUMENTS.filter((id) => Object.keys(caseOf(id).scales).length > 0)

describe.each(scored)('fhirpath.js and the published %s', (id) => {
  const instrument = caseOf(id)
  const questionnaire = questionnaireOf(id)
  const scales = Object.entries(instrument.scales).map(([code, scale]) => ({
    code,
    scale,
    evaluate: expressionOf(questionnaire, code, scale),
  }))
  const random = seeded(20240101)
  const oneOf = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const complete = (): Record<string, string | undefined> =>
    Object.fromEntries(Object.entries(instrument.items).map(([linkId, weights]) => [linkId, oneOf(Object.keys(weights))]))

  test(`${RESPONSES} complete responses: every total is the sum of the published weights`, () => {
    for (let count = 0; count < RESPONSES; count++) {
      const chosen = complete()
      const response = responseOf(questionnaire, instrument, chosen)
      for (const { code, scale, evaluate } of scales)
        expect(evaluate(response), `${code} of ${JSON.stringify(chosen)}`).toEqual([sumOf(scale, instrument, chosen)])
    }
  })

  test('one answer missing anywhere in a scale: no total, and the other scales stand', () => {
    for (const { code, scale } of scales) {
      const chosen = { ...complete(), [oneOf(scale.items)]: undefined }
      const response = responseOf(questionnaire, instrument, chosen)
      expect(scales.find((other) => other.code === code)?.evaluate(response)).toEqual([])
    }
  })

  test('100 incomplete responses: a scale has a total exactly when its own items are answered', () => {
    for (let count = 0; count < 100; count++) {
      const chosen = Object.fromEntries(Object.entries(complete()).map(([linkId, code]) => [linkId, random() < 0.1 ? undefined : code]))
      const response = responseOf(questionnaire, instrument, chosen)
      for (const { scale, evaluate } of scales) {
        const whole = scale.items.every((linkId) => chosen[linkId] !== undefined)
        expect(evaluate(response)).toEqual(whole ? [sumOf(scale, instrument, chosen)] : [])
      }
    }
  })

  test('a blank form has no total, not a zero', () => {
    for (const { evaluate } of scales) expect(evaluate(responseOf(questionnaire, instrument, {}))).toEqual([])
  })
})
