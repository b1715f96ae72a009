import type { Reference } from 'fhir/r4.js'
import type { CutOff, Item, Scale } from '../instrument/instrument.ts'
import { primaryLanguage } from '../instrument/text-pack.ts'
import type { Context } from '../score/context.ts'
import type { Answers } from '../score/read-answers.ts'
import type { SafetyAnswers } from '../score/safety-answers.ts'
import type { Score } from '../score/score-scale.ts'
import type { Place, Trajectory } from '../trajectory/trajectory.ts'
import type { Knowledge } from './knowledge.ts'
import type { RuleSet, ThresholdPolicy } from './rule-set.ts'

/** Everything that a rule may read about one response. */
export interface Situation {
  readonly place: Place
  readonly ruleSet: RuleSet
  readonly policy: ThresholdPolicy
  readonly safety: SafetyAnswers
  /** Safety items that an earlier version of this response raised. */
  readonly raisedEarlier: ReadonlySet<string>
  readonly answers: Answers
  readonly weights: ReadonlyMap<string, number>
  readonly scores: readonly Score[]
  readonly trajectories: ReadonlyMap<string, Trajectory>
}

/** What one condition found. `undecided`: the missing answers named by `items` decide. */
export interface Finding {
  readonly verdict: 'fired' | 'not-fired' | 'not-evaluated' | 'undecided'
  readonly because: string
  readonly items?: readonly string[]
  /** Fires, but this late sets no tier. */
  readonly note?: boolean
  /** The source of the number in use, where the rule leaves the number to a policy. */
  readonly source?: string
  /** Earlier Observations and responses that it rests on. */
  readonly used?: readonly Reference[]
}

export const fired = (because: string, more: Omit<Finding, 'verdict' | 'because'> = {}): Finding => ({ verdict: 'fired', because, ...more })
export const notFired = (because: string, more: Omit<Finding, 'verdict' | 'because'> = {}): Finding => ({
  verdict: 'not-fired',
  because,
  ...more,
})
export const notEvaluated = (because: string): Finding => ({ verdict: 'not-evaluated', because })
export const undecided = (because: string, items: readonly string[], used?: readonly Reference[]): Finding => ({
  verdict: 'undecided',
  because,
  items,
  ...(used && { used }),
})

export const scoreOf = ({ scores }: Situation, code: string): Score => scores.find(({ scale }) => scale.code === code)!

/** The EPDS threshold policy of a response: the site's, else by the response's language. */
export const policyFor = ({ ruleSet, site }: Knowledge, { language }: Context): ThresholdPolicy =>
  site.thresholdPolicy ?? byLanguage(ruleSet.defaultThreshold, language)

/** The entry for a language, else the one for any (`*`). */
const byLanguage = <T>(table: Readonly<Record<string, T>>, language: string | undefined): T =>
  table[language === undefined ? '*' : primaryLanguage(language)] ?? table['*']!

/** The cut-off that a rule names: by id, or `threshold` and `floor`, which policy and language decide. */
export function cutOffOf({ ruleSet, policy, place }: Situation, scale: Scale, name: string): CutOff {
  const id = name === 'threshold' ? ruleSet.thresholds[policy] : name === 'floor' ? byLanguage(ruleSet.floor, place.context.language) : name
  return scale.cutOffs.find((cutOff) => cutOff.id === id)!
}

export const itemOf = ({ place }: Situation, linkId: string): Item => place.context.instrument.items.find((item) => item.linkId === linkId)!
