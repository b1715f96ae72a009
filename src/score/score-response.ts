import type { Issue } from '../errors.ts'
import type { Instrument } from '../instrument/instrument.ts'
import type { Answers } from './read-answers.ts'
import { boundsOf, type Score, scoreScale } from './score-scale.ts'

/** The weights of the answered items; unscored items have none. */
export function weightsOf({ options }: Answers): ReadonlyMap<string, number> {
  const weights = new Map<string, number>()
  for (const [linkId, { weight }] of options) if (weight !== undefined) weights.set(linkId, weight)
  return weights
}

/** One score per scale, in the instrument's order. */
export function scoresOf(instrument: Instrument, weights: ReadonlyMap<string, number>): Score[] {
  return instrument.scales.map((scale) => scoreScale(instrument, scale, weights))
}

/** Warnings where a total that came with the form is not ours; an incomplete score is compared with its bounds. */
export function totalIssues(scores: readonly Score[], { totals }: Answers): Issue[] {
  return scores.flatMap((score): Issue[] => {
    const given = totals.get(score.scale.code)
    const [lower, upper] = boundsOf(score)
    if (given === undefined || (given.value >= lower && given.value <= upper)) return []
    const diagnostics = `The total given for ${score.scale.code} is not the sum of its items; the sum is used`
    return [{ severity: 'warning', code: 'invariant', expression: given.expression, diagnostics }]
  })
}
