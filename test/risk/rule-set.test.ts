import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { readResource } from '../../src/resources.ts'
import { type Rule, type RuleSet, TIERS } from '../../src/risk/rule-set.ts'
import { knowledge } from '../fixtures/knowledge.ts'

const { ruleSet, instruments } = knowledge
const isRuleSet = new Ajv({ allErrors: true, strict: false }).compile<RuleSet>(readResource('schemas', 'rule-set.json'))

test('the rule set is as its schema says', () => {
  expect([isRuleSet(structuredClone(ruleSet)), isRuleSet.errors]).toEqual([true, null])
})

test.each<[string, Partial<Rule>]>([
  ['an operator that nothing evaluates', { when: { op: 'sum' } as never }],
  ['no source', { source: '' }],
  ['a title in one language', { title: { en: 'One' } as never }],
  ['a tier that no rule may set', { tier: 'routine' }],
  ['an unknown outcome', { outcome: 'mania' as never }],
])('%s is refused', (_name, change) => {
  expect(isRuleSet({ ...structuredClone(ruleSet), rules: [{ ...ruleSet.rules[0], ...change }] })).toBe(false)
})

test('every tier has its action, and every outcome its name', () => {
  expect(ruleSet.tiers.map(({ id }) => id)).toEqual([...TIERS])
  expect(ruleSet.outcomes.map(({ id }) => id)).toEqual(expect.arrayContaining(ruleSet.rules.map(({ outcome }) => outcome)))
})

/** Cut-offs that a name may stand for: by id, or all that a policy or a language may choose. */
const cutOffsNamed = (name: string): string[] =>
  name === 'threshold' ? Object.values(ruleSet.thresholds) : name === 'floor' ? Object.values(ruleSet.floor) : [name]

describe.each(ruleSet.rules.map((rule) => ({ rule, name: `${rule.id} ${rule.instrument ?? ''}` })))(
  '$name names only what exists',
  ({ rule }) => {
    const { when } = rule
    const scales = instruments.flatMap((one) => one.scales)
    const linkIds = instruments.flatMap(({ items }) => items.map(({ linkId }) => linkId))

    test('its instruments, scores, cut-offs and items', () => {
      for (const id of [rule.instrument, 'instrument' in when ? when.instrument : undefined]) {
        if (id !== undefined) expect(instruments.map((one) => one.id)).toContain(id)
      }
      if ('items' in when) expect(linkIds).toEqual(expect.arrayContaining([...when.items]))
      if (!('score' in when)) return
      const scale = scales.find(({ code }) => code === when.score)
      expect(scale, when.score).toBeDefined()
      const named = [...('cutOff' in when ? [when.cutOff] : []), ...('from' in when ? [when.from, when.below] : [])].flatMap(cutOffsNamed)
      expect(scale!.cutOffs.map(({ id }) => id)).toEqual(expect.arrayContaining(named))
    })
  },
)
