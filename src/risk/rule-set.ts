import type { Words } from '../instrument/instrument.ts'
import type { Phase } from '../trajectory/time-point.ts'
import type { Phrases } from './reason.ts'

/** From the most to the least pressing. `none`: no tier-bearing rule could be evaluated; never shown as routine. */
export const TIERS = ['immediate', 'priority', 'assess', 'open', 'watch', 'routine', 'none'] as const
export type Tier = (typeof TIERS)[number]
export type Outcome = 'self-harm' | 'infant-harm' | 'perinatal-depression' | 'bonding-difficulty'

export type ThresholdPolicy = 'jp9' | 'cox10' | 'levis11' | 'cox13'

/** When a rule fires: a closed set of operators, each evaluated by one function of `conditions.ts`. */
export type Condition =
  | { readonly op: 'safety-item'; readonly items: readonly string[]; readonly atLeast: number }
  | { readonly op: 'safety-unanswered'; readonly rule: string; readonly items: readonly string[] }
  /** `days`: only inside the days for which the cut-off was studied, or only outside of them; neither in pregnancy. */
  | { readonly op: 'at-least'; readonly score: string; readonly cutOff: string; readonly days?: 'inside' | 'outside' }
  | { readonly op: 'between'; readonly score: string; readonly from: string; readonly below: string }
  | { readonly op: 'any-item'; readonly items: readonly string[]; readonly atLeast: number; readonly phases: readonly Phase[] }
  /** `above: mean` counts from two earlier scores on. Without `readsBounds` an incomplete score is not evaluated. */
  | {
      readonly op: 'rise'
      readonly score: string
      readonly by: number
      readonly above: readonly ('last' | 'mean')[]
      readonly minimumDays?: number
      readonly readsBounds?: boolean
    }
  | { readonly op: 'no-baseline'; readonly score: string; readonly fewerThan: number }
  | { readonly op: 'earlier-in-pregnancy'; readonly instrument: string; readonly score: string; readonly untilDay: number }
  | {
      readonly op: 'context'
      readonly instrument: string
      readonly item: string
      readonly codes: readonly string[]
      readonly withinDays: number
    }
  | { readonly op: 'flat'; readonly score: string }

export interface Rule {
  readonly id: string
  /** The instrument whose responses it judges; absent: every instrument's. */
  readonly instrument?: string
  readonly outcome: Outcome
  /** Absent: a note, which sets no tier. */
  readonly tier?: Tier
  /** Also evaluated when another than the mother answered. */
  readonly proxy?: boolean
  readonly title: Words
  /** What must be said with it when it fires. */
  readonly statement?: Words
  readonly source: string
  readonly when: Condition
}

/** What `resources/rules/<id>/<version>.json` holds. Cut-offs are named here and stand with their instruments. */
export interface RuleSet {
  readonly id: string
  readonly version: string
  readonly title: Words
  readonly tiers: readonly { readonly id: Tier; readonly title: Words; readonly action: Words }[]
  readonly outcomes: readonly { readonly id: Outcome; readonly title: Words; readonly onlyWhenRaised?: boolean }[]
  readonly notScreened: Words
  readonly phrases: Phrases
  /** EPDS threshold policy → cut-off id. */
  readonly thresholds: Readonly<Record<ThresholdPolicy, string>>
  /** Primary language of a response (`*`: any other) → policy where the site sets none. */
  readonly defaultThreshold: Readonly<Record<string, ThresholdPolicy>>
  /** Primary language of a response → cut-off id below which D5 does not fire. */
  readonly floor: Readonly<Record<string, string>>
  readonly rules: readonly Rule[]
}

/** `true` when the first tier is more pressing than the second. */
export const outranks = (one: Tier, other: Tier): boolean => TIERS.indexOf(one) < TIERS.indexOf(other)
