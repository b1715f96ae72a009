import { describe, expect, test } from 'vitest'
import { rangeOf } from '../../src/instrument/instrument.ts'
import { caseOf, INSTRUMENTS, instrumentOf, questionnaireOf } from '../publish/sources.ts'

const WEIGHT = 'http://hl7.org/fhir/StructureDefinition/itemWeight'

describe.each(INSTRUMENTS)('%s, as the literature has it', (id) => {
  const instrument = instrumentOf(id)
  const questionnaire = questionnaireOf(id)
  const expected = caseOf(id)
  const options = Object.entries(expected.items).flatMap(([linkId, weights]) =>
    Object.entries(weights).map(([code, weight]) => ({ linkId, code, weight })),
  )

  test('its items and their options stand in printed order', () => {
    const order = instrument.items.map((item) => [item.linkId, item.options.map(({ code }) => code)])
    expect(order).toEqual(Object.entries(expected.items).map(([linkId, weights]) => [linkId, Object.keys(weights)]))
    expect(instrument.answerSystem).toBe(expected.answerSystem)
  })

  test.each(options)('$linkId $code weighs $weight', ({ linkId, code, weight }) => {
    const option = instrument.items.find((item) => item.linkId === linkId)?.options.find((o) => o.code === code)
    expect(option?.weight ?? null).toBe(weight)
    const published = questionnaire.item?.find((item) => item.linkId === linkId)?.answerOption?.find((o) => o.valueCoding?.code === code)
    expect(published?.valueCoding?.system).toBe(expected.answerSystem)
    expect(published?.extension?.find(({ url }) => url === WEIGHT)?.valueDecimal ?? null).toBe(weight)
  })

  test('its scales have the items, ranges, codes and cut-offs published', () => {
    const scales = instrument.scales.map((scale) => {
      const { code, items, interpretedBy, loinc, totalLinkId, cutOffs } = scale
      const optional = { ...(interpretedBy && { interpretedBy }), ...(loinc && { loinc }), ...(totalLinkId && { totalLinkId }) }
      const numbers = Object.fromEntries(cutOffs.map((cutOff) => [cutOff.id, cutOff.value]))
      return [code, { items, range: rangeOf(instrument, scale), cutOffs: numbers, ...optional }]
    })
    expect(Object.fromEntries(scales)).toEqual(expected.scales)
  })
})
