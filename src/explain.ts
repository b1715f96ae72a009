import type { Language } from './instrument/instrument.ts'
import type { Assessment, Result } from './risk/assessment.ts'
import type { Explanation } from './risk/explanation.ts'
import type { Knowledge } from './risk/knowledge.ts'
import { type PhraseKey, type Reason, reason, told } from './risk/reason.ts'
import type { RuleSet } from './risk/rule-set.ts'

/** An explanation in sentences, in the order of the reckoning: answers, sums, her course, each rule, the tier, and what it was made with. */
export function explanationText({ ruleSet }: Knowledge, result: Result, explanation: Explanation, language: Language): string[] {
  const say = (phrase: PhraseKey, values: Parameters<typeof reason>[1] = {}): string =>
    told(ruleSet.phrases, reason(phrase, values), language)
  const { tier, ruleSet: rules, software } = explanation
  const title = ruleSet.tiers.find(({ id }) => id === tier)?.title[language] ?? tier
  return [
    ...(result.outcome === 'refused' ? [] : reckoningText(result, explanation, say)),
    ...ruleLines(ruleSet, result, explanation, language),
    say('explain-tier', { tier: title }),
    say('explain-versions', { id: rules.id, version: rules.version, sha256: rules.sha256, software }),
    ...(explanation.ownNumbers === undefined ? [] : [say('explain-own-numbers', { sha256: explanation.ownNumbers })]),
  ]
}

type Say = (phrase: PhraseKey, values?: Parameters<typeof reason>[1]) => string

function reckoningText({ context }: Assessment, explanation: Explanation, say: Say): string[] {
  const { items = [], scores = {}, baseline = {}, course = {}, missed = [] } = explanation
  const { instrument, authored } = context
  const codes = instrument.scales.map(({ code }) => code)
  return [
    say('explain-form', { instrument: instrument.shortTitle.en, version: instrument.version, date: authored }),
    ...items.map(({ linkId, option, weights }) => {
      const [weight] = Object.values(weights)
      return weight === undefined
        ? say('explain-item-unscored', { item: linkId, option })
        : say('explain-item', { item: linkId, option, weight, scores: Object.keys(weights) })
    }),
    ...codes.flatMap((code) => (scores[code] ? [sumText(code, scores[code], say)] : [])),
    ...codes.flatMap((code) => (course[code] && baseline[code] ? courseText(code, course[code], baseline[code], say) : [])),
    ...(missed.length > 0 ? [say('explain-missed', { visits: missed })] : []),
  ]
}

function sumText(score: string, { weights, value, lower, upper }: NonNullable<Explanation['scores']>[string], say: Say): string {
  const sum = weights.map((weight) => weight ?? '?').join(' + ')
  return value === undefined
    ? say('explain-bounds', { score, sum, lower: lower ?? 0, upper: upper ?? 0 })
    : say('explain-sum', { score, sum, value })
}

function courseText(
  score: string,
  { waves, change, mean, deviation, reliable }: NonNullable<Explanation['course']>[string],
  members: NonNullable<Explanation['baseline']>[string],
  say: Say,
): string[] {
  if (members.length === 0) return [say('explain-first', { score })]
  const points = members.map(({ value, effective }) => reason('explain-point', { value, date: effective.slice(0, 10) }))
  return [
    say('explain-earlier', { score, waves, points }),
    ...(mean === undefined || deviation === undefined ? [] : [say('explain-mean', { score, mean, deviation })]),
    ...(change === undefined ? [] : [say('explain-change', { score, change })]),
    ...(reliable === undefined
      ? []
      : [say(reliable.change ? 'explain-reliable' : 'explain-within-error', { by: reliable.by, source: reliable.source })]),
  ]
}

const VERDICT = { fired: 'explain-fired', 'not-fired': 'explain-not-fired', 'not-evaluated': 'explain-not-evaluated' } as const

function ruleLines({ rules, phrases }: RuleSet, { risk }: Result, explanation: Explanation, language: Language): string[] {
  return risk.verdicts.map(({ id, verdict, why, undecided, outcome }, index) => {
    const rule = rules.find((one) => one.id === (id === 'X1' ? undecided : id) && one.outcome === outcome)
    const values: Record<string, string | Reason> = {
      id: id === 'X1' ? `X1 (${undecided})` : id,
      title: rule?.title[language] ?? '',
      why,
      source: explanation.rules[index]?.source ?? '',
    }
    return told(phrases, reason(VERDICT[verdict], values), language)
  })
}
