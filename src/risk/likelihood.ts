import type { Verdict } from './judge.ts'
import type { Site } from './knowledge.ts'
import { type Reason, reason } from './reason.ts'
import { type Outcome, outranks } from './rule-set.ts'

/** How likely an outcome is among women with such a result at this site, and the sum that gave it. */
export interface Likelihood {
  /** 0 to 1, two decimals. */
  readonly value: number
  readonly why: Reason
}

/**
 * The positive predictive value of the most pressing rule that fired, by Bayes: sensitivity and specificity from the study of its cut-off, prevalence from the site. Nothing
 * when the site has set none for this outcome, or the study gave none: a probability is never guessed.
 */
export function likelihoodOf(
  { prevalence }: Pick<Site, 'prevalence'>,
  outcome: Outcome,
  fired: readonly Verdict[],
): Likelihood | undefined {
  const own = prevalence?.[outcome]
  const studied = fired.filter(({ cutOff }) => cutOff?.sensitivity !== undefined && cutOff.specificity !== undefined)
  const [first, ...others] = studied
  if (own === undefined || first === undefined) return undefined
  const { cutOff } = others.reduce((most, one) => (outranks(one.tier ?? 'none', most.tier ?? 'none') ? one : most), first)
  const [sensitivity, specificity] = [cutOff!.sensitivity!, cutOff!.specificity!]
  const truly = sensitivity * own.value
  const value = round(truly / (truly + (1 - specificity) * (1 - own.value)))
  return {
    value,
    why: reason('probability', {
      percent: Math.round(value * 100),
      value,
      sensitivity,
      specificity,
      prevalence: own.value,
      rest: round(1 - own.value, 4),
      source: cutOff!.source,
      prevalenceSource: own.source,
    }),
  }
}

const round = (value: number, decimals = 2): number => Math.round(value * 10 ** decimals) / 10 ** decimals
