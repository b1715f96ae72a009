import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { parse } from '../../src/json.ts'
import { INFANT_EXTENSION } from '../../src/score/context.ts'
import { summaryOf, summaryText } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { outsideAnswers, outsideForm, outsideResponse } from '../fixtures/outside-forms.ts'
import { placesOf, TEXTLESS, withAt } from '../fixtures/places.ts'
import { epds } from '../fixtures/responses.ts'

const NAMES = ['us-core-phq-9', 'sdc-phq-9', 'mii-pro-phq-9', 'lhc-forms-phq-9', 'kl-children-epds']
const ITEMS = ['a', 'b', 'c']
const contained = {
  ...outsideAnswers(ITEMS, 'abc'),
  questionnaire: '#outside',
  contained: [outsideForm({ items: ITEMS, expression: '%resource.item.answer.value.ordinal().sum()' })],
}
const forms: readonly unknown[] = [...NAMES.map(outsideResponse), contained]

const broken = fc
  .constantFrom(...forms)
  .chain((form) =>
    fc.tuple(fc.constantFrom(...placesOf(form)), fc.jsonValue({ maxDepth: 2 })).map(([place, put]) => withAt(form, place, put)),
  )

describe('forms of others, broken at any place', () => {
  test('never throw; a refused one has a reason and no score', () => {
    fc.assert(
      fc.property(broken, (received) => {
        const line = summaryOf(assess(knowledge, received), 1)
        if (line.outcome !== 'refused') return
        expect(line.scores).toEqual({})
        expect(line.issues.some(({ severity }) => severity === 'error')).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })

  test('any answers to the LOINC form: the number is the sum of ours, or there is none', () => {
    const LA = ['LA6568-5', 'LA6569-3', 'LA6570-1', 'LA6571-9']
    const { item: _item, ...head } = outsideResponse('us-core-phq-9')
    const items = outsideResponse('us-core-phq-9').item!.slice(0, 9)
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(3), { nil: undefined }), { minLength: 9, maxLength: 9 }), (weights) => {
        const item = items.map(({ linkId }, index) => {
          const weight = weights[index]
          return weight === undefined
            ? { linkId }
            : { linkId, answer: [{ valueCoding: { system: 'http://loinc.org', code: LA[weight]! } }] }
        })
        const score = summaryOf(assess(knowledge, { ...head, item }), 1).scores['phq-9-total']
        const sum = weights.reduce((total: number, one) => total + (one ?? 0), 0)
        const open = weights.filter((one) => one === undefined).length
        expect(score).toMatchObject(
          open === 0 ? { state: 'complete', value: sum } : { state: 'incomplete', lower: sum, upper: sum + 3 * open },
        )
      }),
      { numRuns: 300 },
    )
  })
})

test('what has no text, at every place of every form, is refused and never thrown at', () => {
  const own = epds(12, {
    subject: { identifier: { system: 'urn:mrn', value: '1' } },
    encounter: { reference: 'Encounter/1' },
    source: { reference: 'RelatedPerson/1' },
    extension: [{ url: INFANT_EXTENSION, valueReference: { reference: 'Patient/baby' } }],
  })
  for (const form of [...forms, own]) {
    for (const place of placesOf(form)) {
      for (const put of TEXTLESS) {
        const result = assess(knowledge, withAt(form, place, put))
        expect(JSON.parse(parse(summaryText(result, 1, result.issues)))).toEqual(JSON.parse(JSON.stringify(summaryOf(result, 1))))
        expect(result.outcome, place.join('.')).toBe('refused')
      }
    }
  }
})
