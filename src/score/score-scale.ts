import { type Instrument, type Scale, weightRangeOf } from '../instrument/instrument.ts'

/** A score is a number only when every item of its scale is answered; otherwise it is what the number can still be. */
export type Score =
  | { readonly scale: Scale; readonly state: 'complete'; readonly value: number }
  | {
      readonly scale: Scale
      readonly state: 'incomplete'
      readonly lower: number
      readonly upper: number
      readonly answered: number
      readonly of: number
      /** The linkIds still open. */
      readonly unanswered: readonly string[]
    }

/**
 * Sums the weights of one scale. A missing answer is never a zero and never an average: no proration rule is published
 * for these instruments, so the bounds take it at its item's lowest and highest weight.
 */
export function scoreScale(instrument: Instrument, scale: Scale, weights: ReadonlyMap<string, number>): Score {
  let lower = 0
  let upper = 0
  const unanswered: string[] = []
  for (const linkId of scale.items) {
    const weight = weights.get(linkId)
    if (weight === undefined) unanswered.push(linkId)
    const [lowest, highest] = weight === undefined ? weightsOfUnanswered(instrument, linkId) : [weight, weight]
    lower += lowest
    upper += highest
  }
  if (unanswered.length === 0) return { scale, state: 'complete', value: lower }
  return { scale, state: 'incomplete', lower, upper, answered: scale.items.length - unanswered.length, of: scale.items.length, unanswered }
}

/** The scale's items are items of its instrument, each with weights: `checkInstrument` has seen to that. */
const weightsOfUnanswered = (instrument: Instrument, linkId: string): readonly [number, number] =>
  weightRangeOf(instrument.items.find((item) => item.linkId === linkId)!) ?? [0, 0]

/** Lowest and highest value the score can have; equal when it is complete. */
export const boundsOf = (score: Score): readonly [number, number] =>
  score.state === 'complete' ? [score.value, score.value] : [score.lower, score.upper]
