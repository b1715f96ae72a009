import type { Result } from './risk/assessment.ts'
import type { Verdict } from './risk/judge.ts'
import type { Knowledge } from './risk/knowledge.ts'
import type { TimePoint } from './trajectory/time-point.ts'

/** Everything that the numbers and the tier of one result rest on, so that a person can do the sum again with pencil and paper. */
export interface Explanation {
  /** What a refused response answered is not weighed: these four are absent then. */
  readonly items?: readonly { readonly linkId: string; readonly option: string; readonly weights: Readonly<Record<string, number>> }[]
  /** By scale: her earlier scores that this one is compared with, oldest first. */
  readonly baseline?: Readonly<
    Record<string, readonly { readonly reference: string | null; readonly effective: string; readonly value: number }[]>
  >
  readonly timePoint?: TimePoint
  /** The EPDS threshold policy in use, and the cut-off it names. */
  readonly policy?: { readonly id: string; readonly cutOff: string }
  readonly rules: readonly { readonly id: string; readonly verdict: Verdict['verdict']; readonly source: string }[]
  readonly ruleSet: { readonly id: string; readonly version: string; readonly sha256: string }
}

export function explanationOf(knowledge: Knowledge, result: Result): Explanation {
  const { id, version } = knowledge.ruleSet
  return {
    ...(result.outcome !== 'refused' && reckoningOf(knowledge, result)),
    rules: result.risk.verdicts.map((verdict) => ({ id: verdict.id, verdict: verdict.verdict, source: sourceOf(knowledge, verdict) })),
    ruleSet: { id, version, sha256: knowledge.ruleSetHash },
  }
}

function reckoningOf({ ruleSet }: Knowledge, result: Exclude<Result, { outcome: 'refused' }>): Partial<Explanation> {
  const { context, answers, trajectories, timePoint, policy } = result
  const items = context.instrument.items.flatMap(({ linkId }) => {
    const option = answers.options.get(linkId)
    if (option === undefined) return []
    const scales = context.instrument.scales.filter((scale) => scale.items.includes(linkId) && option.weight !== undefined)
    return [{ linkId, option: option.code, weights: Object.fromEntries(scales.map(({ code }) => [code, option.weight!])) }]
  })
  const baseline = Object.fromEntries(
    [...trajectories].map(([code, { earlier }]) => [
      code,
      earlier.map(({ reference, effective, value }) => ({ reference: reference.reference ?? null, effective, value })),
    ]),
  )
  return { items, baseline, timePoint, policy: { id: policy, cutOff: ruleSet.thresholds[policy] } }
}

/** X1 stands for the rule that it leaves undecided. */
function sourceOf({ ruleSet }: Knowledge, { id, undecided, outcome }: Verdict): string {
  const named = id === 'X1' ? undecided : id
  return ruleSet.rules.find((rule) => rule.id === named && rule.outcome === outcome)?.source ?? ''
}
