import type { TimePoint } from '../trajectory/time-point.ts'
import type { Verdict } from './judge.ts'
import type { Tier } from './rule-set.ts'

/**
 * Everything that the numbers and the tier of one result rest on, so that a person can do the sum again with pencil and paper, and a machine with the same versions, byte for
 * byte. It stands in the Provenance of a write; `kizuna score --explain` makes it again.
 */
export interface Explanation {
  /** What a refused response answered is not weighed: all but the last five are absent then. */
  readonly form?: {
    readonly instrument: string
    readonly version: string
    readonly language: string | null
    readonly textStatus: string
    readonly proxy: boolean
  }
  readonly items?: readonly { readonly linkId: string; readonly option: string; readonly weights: Readonly<Record<string, number>> }[]
  readonly scores?: Readonly<Record<string, ScoreSum>>
  /** By scale: her earlier scores that this one is compared with, oldest first. */
  readonly baseline?: Readonly<Record<string, readonly Member[]>>
  /** By scale: how this score stands to them. */
  readonly course?: Readonly<Record<string, Course>>
  /** Visits of the schedule in use that passed without this instrument, up to this response. */
  readonly missed?: readonly string[]
  readonly timePoint?: TimePoint
  /** The EPDS threshold policy in use, and the cut-off it names. */
  readonly policy?: { readonly id: string; readonly cutOff: string }
  readonly tier: Tier
  readonly rules: readonly RuleTrace[]
  readonly ruleSet: { readonly id: string; readonly version: string; readonly sha256: string }
  /** SHA-256 of the numbers that the site has set. */
  readonly ownNumbers?: string
  readonly software: string
}

/** The weights that were summed, in the order of the scale's items; `null`: unanswered. */
export interface ScoreSum {
  readonly weights: readonly (number | null)[]
  readonly value?: number
  readonly lower?: number
  readonly upper?: number
}

export interface Member {
  readonly reference: string | null
  readonly effective: string
  readonly value: number
}

export interface Course {
  /** How many forms of hers are in this series, this one among them. */
  readonly waves: number
  readonly daysSinceLast?: number
  readonly change?: number
  readonly mean?: number
  readonly deviation?: number
  /** Whether the change is larger than the error of the scale; only where a published value says how large that is. */
  readonly reliable?: { readonly change: boolean; readonly by: number; readonly source: string }
}

export interface RuleTrace {
  readonly id: string
  readonly verdict: Verdict['verdict']
  readonly outcome: string
  /** The tier it sets when it fires; a note has none. */
  readonly tier?: Tier
  readonly because: string
  /** The numbers and codes in `because`, by name. */
  readonly inputs: Inputs
  readonly source: string
}

export type Inputs = { readonly [name: string]: string | number | Inputs | readonly (string | Inputs)[] }
