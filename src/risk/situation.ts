import type { Reference } from 'fhir/r4.js'
import type { CutOff, Item, Scale } from '../instrument/instrument.ts'
import type { Context } from '../score/context.ts'
import type { Answers } from '../score/read-answers.ts'
import type { SafetyAnswers } from '../score/safety-answers.ts'
import type { Score } from '../score/score-scale.ts'
import type { Place, Trajectory } from '../trajectory/trajectory.ts'
import { byLanguage, cutOffNamed } from './cut-off.ts'
import type { Knowledge } from './knowledge.ts'
import type { Reason } from './reason.ts'
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
  readonly because: Reason
  readonly items?: readonly string[]
  /** Fires, but this late sets no tier. */
  readonly note?: boolean
  /** The source of the number in use, where the rule leaves the number to a policy. */
  readonly source?: string
  /** The cut-off that was reached, with what its study says of it. */
  readonly cutOff?: CutOff
  /** Earlier Observations and responses that it rests on. */
  readonly used?: readonly Reference[]
}

export const fired = (because: Reason, more: Omit<Finding, 'verdict' | 'because'> = {}): Finding => ({ verdict: 'fired', because, ...more })
export const notFired = (because: Reason, more: Omit<Finding, 'verdict' | 'because'> = {}): Finding => ({
  verdict: 'not-fired',
  because,
  ...more,
})
export const notEvaluated = (because: Reason): Finding => ({ verdict: 'not-evaluated', because })
export const undecided = (because: Reason, items: readonly string[], used?: readonly Reference[]): Finding => ({
  verdict: 'undecided',
  because,
  items,
  ...(used && { used }),
})

export const scoreOf = ({ scores }: Situation, code: string): Score => scores.find(({ scale }) => scale.code === code)!

/** The EPDS threshold policy of a response: the site's, else by the response's language. */
export const policyFor = ({ ruleSet, site }: Knowledge, { language }: Context): ThresholdPolicy =>
  site.thresholdPolicy ?? byLanguage(ruleSet.defaultThreshold, language)

/** The cut-off that a rule names, here and now. */
export const cutOffOf = ({ ruleSet, policy, place }: Situation, scale: Scale, name: string): CutOff =>
  cutOffNamed({ ruleSet, policy, context: place.context, phase: place.timePoint.phase }, scale, name)

export const itemOf = ({ place }: Situation, linkId: string): Item => place.context.instrument.items.find((item) => item.linkId === linkId)!
