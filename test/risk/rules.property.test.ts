import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assess } from '../../src/assess.ts'
import { outranks, TIERS, type Tier } from '../../src/risk/rule-set.ts'
import { summaryOf } from '../../src/summary.ts'
import { anyAnswers, anyHistory, anyResponse, completed, SCORED, TODAY, timeOn } from '../fixtures/courses.ts'
import { knowledge, withSite } from '../fixtures/knowledge.ts'
import { response } from '../fixtures/responses.ts'

const { ruleSet } = knowledge
const without = (id: string) => ({ ...knowledge, ruleSet: { ...ruleSet, rules: ruleSet.rules.filter((rule) => rule.id !== id) } })

test("no rule's firing lowers the tier", () => {
  fc.assert(
    fc.property(anyResponse, anyHistory, (given, history) => {
      const { risk } = assess(knowledge, given, history)
      for (const { id, verdict, tier } of risk.verdicts) {
        if (verdict !== 'fired' || id === 'X1') continue
        const less = assess(without(id), given, history).risk
        // `open` says that more may be found; it ends where the rule that fired is as pressing as any that is undecided.
        const settled = less.tier === 'open' && less.verdicts.every(({ potential }) => !potential || !outranks(potential, tier!))
        if (!settled) expect([id, less.tier, outranks(less.tier, risk.tier)]).toEqual([id, less.tier, false])
      }
    }),
    { numRuns: 200 },
  )
})

test('the tier is the most pressing of what fired for any outcome, and notes set none', () => {
  fc.assert(
    fc.property(anyResponse, anyHistory, (given, history) => {
      const { risk } = assess(knowledge, given, history)
      const certain = risk.verdicts.flatMap(({ verdict, tier }) => (verdict === 'fired' && tier && tier !== 'open' ? [tier] : []))
      for (const tier of certain) expect(outranks(tier, risk.tier)).toBe(false)
      if (certain.length === 0) expect(['open', 'routine', 'none'] satisfies Tier[]).toContain(risk.tier)
      expect(TIERS).toContain(risk.tier)
    }),
    { numRuns: 200 },
  )
})

test('open is never routine, and never not screened', () => {
  fc.assert(
    fc.property(anyResponse, anyHistory, (given, history) => {
      const { open, tier } = summaryOf(assess(knowledge, given, history), 1)
      if (open.length > 0) expect(['routine', 'none']).not.toContain(tier)
    }),
    { numRuns: 300 },
  )
})

describe.each(SCORED)('%s', (id) => {
  test('what is certain with gaps stays so, whatever the missing answers are', () => {
    fc.assert(
      fc.property(anyAnswers(id), anyAnswers(id), anyHistory, (answers, others, history) => {
        const more = { authored: timeOn(TODAY) }
        const before = assess(knowledge, response(id, answers, more), history).risk.verdicts
        const after = assess(knowledge, response(id, completed(answers, others), more), history).risk.verdicts
        for (const { id: rule, verdict, tier } of before) {
          if (rule === 'X1' || rule === 'S4' || rule === 'S5' || tier === undefined || verdict === 'not-evaluated') continue
          // A second unanswered safety item can still be raised; it never falls.
          if (verdict === 'not-fired' && rule.startsWith('S')) continue
          expect([rule, after.find((one) => one.id === rule)?.verdict]).toEqual([rule, verdict])
        }
      }),
      { numRuns: 100 },
    )
  })

  test('an answer to a question about harm is immediate, in a form of any shape', () => {
    const items = ruleSet.rules.flatMap(({ when, instrument }) => (when.op === 'safety-item' && instrument === id ? when.items : []))
    if (items.length === 0) return
    fc.assert(
      fc.property(
        anyAnswers(id),
        fc.constantFrom(...items),
        fc.constantFrom('in-progress', 'completed', 'stopped', 'amended'),
        (answers, item, status) => {
          const at = knowledge.instruments.find((one) => one.id === id)!.items.findIndex(({ linkId }) => linkId === item)
          const given = response(id, answers.with(at, 1), { status: status as 'completed' })
          expect(assess(knowledge, given).risk.tier).toBe('immediate')
          expect(assess(knowledge, { ...given, authored: 'yesterday' })).toMatchObject({ outcome: 'refused', risk: { tier: 'immediate' } })
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('a site that lowers its threshold never lowers a tier', () => {
  const policies = ['cox13', 'levis11', 'cox10', 'jp9'] as const
  fc.assert(
    fc.property(anyResponse, anyHistory, (given, history) => {
      const tiers = policies.map((thresholdPolicy) => assess(withSite({ thresholdPolicy }), given, history).risk)
      for (const [index, risk] of tiers.slice(1).entries()) {
        const higher = tiers[index]!
        const wasOpen = higher.tier === 'open'
        if (!wasOpen) expect(outranks(higher.tier, risk.tier)).toBe(false)
      }
    }),
    { numRuns: 150 },
  )
})
