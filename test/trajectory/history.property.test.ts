import fc from 'fast-check'
import type { FhirResource } from 'fhir/r4.js'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { bundleOf, resourcesOf } from '../../src/emit.ts'
import type { Knowledge } from '../../src/risk/knowledge.ts'
import { explanationOf } from '../../src/risk/trace.ts'
import { summaryOf } from '../../src/summary.ts'
import { anyHistory, anyResponse, TODAY, timeOn } from '../fixtures/courses.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'

const recording = { recorded: '2027-01-01T00:00:00Z' }

/** Every byte that leaves the core. */
function bytesOf(rules: Knowledge, given: unknown, history: readonly FhirResource[]): string {
  const result = assess(rules, given, history)
  return JSON.stringify([
    summaryOf(result, 1),
    explanationOf(rules, result),
    bundleOf(rules, result, recording),
    resourcesOf(rules, result, recording),
  ])
}

const shuffled = (history: readonly FhirResource[]) =>
  fc.shuffledSubarray([...history], { minLength: history.length, maxLength: history.length })

test('the order of her history never matters, scores of one moment included', () => {
  const both = anyHistory.chain((history) => fc.tuple(fc.constant(history), shuffled(history)))
  fc.assert(
    fc.property(anyResponse, both, (given, [history, other]) => {
      expect(bytesOf(knowledge, given, other)).toBe(bytesOf(knowledge, given, history))
    }),
    { numRuns: 300 },
  )
})

test('what other women answered never matters', () => {
  const hers = (history: readonly FhirResource[]) =>
    history
      .filter(({ resourceType }) => resourceType !== 'Patient')
      .map((one) => ({ ...one, id: `other-${one.id}`, subject: { reference: 'Patient/another' } }) as FhirResource)
  fc.assert(
    fc.property(anyResponse, anyHistory, anyHistory, (given, history, others) => {
      expect(bytesOf(knowledge, given, [...hers(others), ...history, ...hers(others)])).toBe(bytesOf(knowledge, given, history))
    }),
    { numRuns: 150 },
  )
})

/** That it came late, and whose baseline changes, is all that later responses may add to what is said of an earlier one. */
const withoutLateNotice = (bytes: string): string =>
  JSON.stringify(JSON.parse(bytes), (key, value) =>
    key === 'issues'
      ? value.filter(({ diagnostics }: { diagnostics: string }) => !diagnostics.includes('kizuna rescore finds them'))
      : value,
  )

test('a response of a later day never changes a byte of an earlier result', () => {
  const later = fc.record({ given: anyResponse, days: fc.integer({ min: 1, max: 200 }) })
  fc.assert(
    fc.property(anyResponse, anyHistory, fc.array(later, { maxLength: 3 }), (given, history, coming) => {
      let known: FhirResource[] = history
      for (const { given: next, days } of coming) {
        const response = { ...next, id: `later-${days}`, authored: timeOn(TODAY + days) }
        const result = assess(knowledge, response, known)
        known = [
          ...known,
          response,
          ...resourcesOf(knowledge, result, recording).filter(({ resourceType }) => resourceType !== 'OperationOutcome'),
        ]
      }
      expect(withoutLateNotice(bytesOf(knowledge, given, known))).toBe(withoutLateNotice(bytesOf(knowledge, given, history)))
    }),
    { numRuns: 150 },
  )
})

describe('translating never changes a number', () => {
  /** Numbers, codes, references and dates; what is left out is words. */
  const WORDS = new Set(['text', 'display', 'rationale', 'mitigation', 'title', 'because', 'diagnostics', 'div', 'valueString'])
  const bare = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (key, one: unknown) => (WORDS.has(key) ? undefined : one)))

  test('the language of a site', () => {
    const [en, ja] = [withSite({ language: 'en' }), withSite({ language: 'ja' })]
    fc.assert(
      fc.property(anyResponse, anyHistory, (given, history) => {
        expect(bare(JSON.parse(bytesOf(ja, given, history)))).toEqual(bare(JSON.parse(bytesOf(en, given, history))))
      }),
      { numRuns: 150 },
    )
  })

  test('the words of a text pack', () => {
    const reworded = {
      ...knowledge,
      textPacks: JSON.parse(JSON.stringify(knowledge.textPacks, (key, one) => (key === 'text' ? `${one} §` : one))),
    }
    fc.assert(
      fc.property(anyResponse, anyHistory, (given, history) => {
        expect(bytesOf(reworded, given, history)).toBe(bytesOf(knowledge, given, history))
      }),
      { numRuns: 60 },
    )
  })
})
