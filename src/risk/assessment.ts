import type { Flag, Observation, Reference, RiskAssessment, Task } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import type { Context } from '../score/context.ts'
import type { Answers } from '../score/read-answers.ts'
import type { Recognised } from '../score/recognise.ts'
import type { Score } from '../score/score-scale.ts'
import type { Known } from '../trajectory/history.ts'
import type { TimePoint } from '../trajectory/time-point.ts'
import type { Trajectory } from '../trajectory/trajectory.ts'
import type { Risk } from './judge.ts'
import type { ThresholdPolicy } from './rule-set.ts'

/** What is written of a response, its Provenance apart. */
export type ResultResource = Observation | RiskAssessment | Task | Flag

/** All that was made of one response that could be trusted. */
export interface Assessment {
  readonly outcome: 'scored' | 'incomplete' | 'retracted'
  readonly context: Context
  readonly answers: Answers
  readonly scores: readonly Score[]
  readonly timePoint: TimePoint
  /** What is known of her besides this response. */
  readonly known: Known
  /** By scale code. */
  readonly trajectories: ReadonlyMap<string, Trajectory>
  readonly risk: Risk
  readonly policy: ThresholdPolicy
  readonly issues: readonly Issue[]
  /** Results of this very response that its history holds. */
  readonly held: readonly ResultResource[]
}

/** What is left of one that could not: its name as far as it can be read, the reasons, and its safety answers. */
export interface Refusal {
  readonly outcome: 'refused'
  readonly received: unknown
  /** Whom it is about, where that can be told: a safety answer of hers is then written about, though no score is. */
  readonly about?: { readonly identity: string; readonly subject: Reference; readonly responseReference: Reference }
  /** What form it answers, as far as that could be told. */
  readonly recognised?: Recognised
  readonly risk: Risk
  readonly issues: readonly Issue[]
}

export type Result = Assessment | Refusal
