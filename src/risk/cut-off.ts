import type { CutOff, Scale } from '../instrument/instrument.ts'
import { primaryLanguage } from '../instrument/text-pack.ts'
import { once, remembered } from '../once.ts'
import type { Context } from '../score/context.ts'
import type { Phase } from '../trajectory/time-point.ts'
import { type Reason, reason } from './reason.ts'
import type { RuleSet, ThresholdPolicy } from './rule-set.ts'

/** Where a cut-off is to hold: the wording that she answered, and her phase. */
export interface CutOffPlace {
  readonly ruleSet: Pick<RuleSet, 'thresholds' | 'floor'>
  readonly policy: ThresholdPolicy
  readonly context: Pick<Context, 'language' | 'instrument'>
  readonly phase: Phase
}

/**
 * The cut-off that is meant by a name: an id, or `threshold` and `floor`, which policy and language decide. A cut-off that the site has validated for this
 * wording and phase takes its place. The rule set names only what exists: a test has seen to that.
 */
export function cutOffNamed({ ruleSet, policy, context, phase }: CutOffPlace, scale: Scale, name: string): CutOff {
  const id = name === 'threshold' ? ruleSet.thresholds[policy] : name === 'floor' ? byLanguage(ruleSet.floor, context.language) : name
  const own = scale.cutOffs.find(
    ({ inPlaceOf }) =>
      inPlaceOf !== undefined &&
      (inPlaceOf.name === name || inPlaceOf.name === id) &&
      inPlaceOf.version === context.instrument.version &&
      (inPlaceOf.phase ?? phase) === phase &&
      context.language !== undefined &&
      primaryLanguage(context.language) === inPlaceOf.language,
  )
  return own ?? scale.cutOffs.find((cutOff) => cutOff.id === id)!
}

/** The entry for a language, else the one for any (`*`). */
export function byLanguage<T>(table: Readonly<Record<string, T>>, language: string | undefined): T {
  const known = byName(table) as ReadonlyMap<string, T>
  return (language === undefined ? undefined : known.get(primaryLanguage(language))) ?? known.get('*')!
}

/** Looked up by a text that was only just cut out, which V8's property look-up unlearns its code for again and again. */
const byName = once((table: Readonly<Record<string, unknown>>) => new Map(Object.entries(table)))

/** `11 (levis11)`: a number that a policy or a site chose says so. */
export const cutOffText = remembered(({ value, inPlaceOf }: CutOff, name: string, policy: ThresholdPolicy): Reason => {
  if (inPlaceOf !== undefined) return reason('cut-off-site', { value })
  return name === 'threshold' ? reason('cut-off-policy', { value, policy }) : reason('cut-off', { value })
})
