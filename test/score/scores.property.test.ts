import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { buildResources, buildTransaction, NOTHING_EXISTS } from '../../src/fhir/transaction.ts'
import type { Assessment } from '../../src/risk/assessment.ts'
import { summaryOf } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { instrument, response } from '../fixtures/responses.ts'

const IDS = ['epds', 'mibs-j', 'pbq', 'phq-9']
const scored = (id: string) => instrument(id).items.filter(({ scored: isScored }) => isScored !== false)
const highest = (id: string) => scored(id)[0]!.options.length - 1

/** Any form of one instrument: each item answered or not. */
const anyForm = (id: string) =>
  fc.array(fc.option(fc.nat(highest(id)), { nil: undefined, freq: 6 }), { minLength: scored(id).length, maxLength: scored(id).length })
const scoresOf = (given: unknown) => summaryOf(assess(knowledge, given), 1).scores

describe.each(IDS)('%s', (id) => {
  test('the order of items never changes a score', () => {
    const shuffled = anyForm(id).chain((form) => {
      const { item = [] } = response(id, form)
      return fc.tuple(fc.constant(form), fc.shuffledSubarray(item, { minLength: item.length, maxLength: item.length }))
    })
    fc.assert(
      fc.property(shuffled, ([form, item]) => void expect(scoresOf(response(id, form, { item }))).toEqual(scoresOf(response(id, form)))),
    )
  })

  test('an item without an answer is the same as no item', () => {
    fc.assert(
      fc.property(anyForm(id), (form) => {
        const answered = response(id, form).item!.filter(({ answer }) => answer !== undefined)
        const bare = answered.length > 0 ? response(id, [], { item: answered }) : response(id, [])
        expect(scoresOf(bare)).toEqual(scoresOf(response(id, form)))
      }),
    )
  })

  test('what an option is called never changes a score', () => {
    fc.assert(
      fc.property(anyForm(id), fc.stringMatching(/^[a-z0-9]{1,12}$/), (form, display) => {
        const item = response(id, form).item!.map(({ linkId, answer }) => ({
          linkId,
          text: display,
          ...(answer && { answer: answer.map(({ valueCoding }) => ({ valueCoding: { ...valueCoding, display } })) }),
        }))
        expect(scoresOf(response(id, form, { item }))).toEqual(scoresOf(response(id, form)))
      }),
    )
  })

  test('whatever the missing answers turn out to be, the score lies within its bounds', () => {
    fc.assert(
      fc.property(anyForm(id), anyForm(id), (form, later) => {
        const completed = form.map((weight, index) => weight ?? later[index] ?? 0)
        const before = scoresOf(response(id, form))
        for (const [code, score] of Object.entries(scoresOf(response(id, completed)))) {
          const bounds = before[code]!
          const [lower, upper] = bounds.state === 'complete' ? [bounds.value, bounds.value] : [bounds.lower, bounds.upper]
          const value = score.state === 'complete' ? score.value : Number.NaN
          expect(value).toBeGreaterThanOrEqual(lower)
          expect(value).toBeLessThanOrEqual(upper)
        }
      }),
    )
  })

  test('a number exists only when every item of its scale is answered', () => {
    fc.assert(
      fc.property(anyForm(id), (form) => {
        const open = new Set(
          scored(id)
            .filter((_item, index) => form[index] === undefined)
            .map(({ linkId }) => linkId),
        )
        for (const { code, items } of instrument(id).scales) {
          expect(scoresOf(response(id, form))[code]!.state).toBe(items.some((linkId) => open.has(linkId)) ? 'incomplete' : 'complete')
        }
      }),
    )
  })

  test('every resource built is valid R4, and the same bytes each time', () => {
    const recording = { recorded: '2026-04-01T00:00:00Z' }
    fc.assert(
      fc.property(anyForm(id), fc.constantFrom('in-progress', 'completed', 'amended', 'entered-in-error', 'stopped'), (form, status) => {
        const built = () => {
          const result = assess(knowledge, response(id, form, { status: status as 'completed' })) as Assessment
          return [buildTransaction(knowledge, result, NOTHING_EXISTS, recording), ...buildResources(knowledge, result, recording)]
        }
        for (const resource of built()) expect(knowledge.check(resource)).toEqual([])
        expect(JSON.stringify(built())).toBe(JSON.stringify(built()))
      }),
      { numRuns: 40 },
    )
  })
})

test('whatever comes in, assess answers and never throws', () => {
  fc.assert(
    fc.property(fc.anything({ withNullPrototype: true, withBigInt: false }), (given) => void summaryOf(assess(knowledge, given), 1)),
    { numRuns: 500 },
  )
})

test('whatever stands in a response, assess answers and never throws', () => {
  const mangled = fc
    .tuple(fc.constantFrom(...Object.keys(response('epds', [0]))), fc.jsonValue())
    .map(([key, value]) => ({ ...response('epds', [0, 1, 2]), [key]: value }))
  fc.assert(
    fc.property(mangled, (given) => void summaryOf(assess(knowledge, given), 1)),
    { numRuns: 500 },
  )
})
