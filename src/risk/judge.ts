import type { Reference } from 'fhir/r4.js'
import type { CutOff } from '../instrument/instrument.ts'
import { once, remembered } from '../once.ts'
import type { SafetyAnswers } from '../score/safety-answers.ts'
import { evaluate } from './conditions.ts'
import { type Reason, reason, told } from './reason.ts'
import { type Outcome, outranks, type Rule, type RuleSet, type Tier } from './rule-set.ts'
import { type Finding, notEvaluated, type Situation } from './situation.ts'

/** One rule's verdict, with the numbers that gave it. */
export interface Verdict {
  readonly id: string
  readonly outcome: Outcome
  readonly verdict: 'fired' | 'not-fired' | 'not-evaluated'
  /** In English, as summaries and stored results have it: no language changes it. */
  readonly because: string
  /** The same, to be told in any language. */
  readonly why: Reason
  /** The tier it sets when it fires; absent for notes. */
  readonly tier?: Tier
  readonly items?: readonly string[]
  /** The source of the number, where a policy chose it. */
  readonly source?: string
  /** The cut-off that was reached, with what its study says of it. */
  readonly cutOff?: CutOff
  /** For X1, S4, S5: the rule that stays undecided. */
  readonly undecided?: string
  /** For X1, S4, S5: the tier which that rule would set. */
  readonly potential?: Tier
}

export interface Prediction {
  readonly outcome: Outcome
  readonly tier: Tier
}

/** The judgement on one response. */
export interface Risk {
  readonly tier: Tier
  readonly verdicts: readonly Verdict[]
  readonly predictions: readonly Prediction[]
  /** Earlier Observations and responses that a rule rested on. */
  readonly used: readonly Reference[]
}

/** What stands where no rule could be read: no tier, which is not routine. */
export const NO_RISK: Risk = { tier: 'none', verdicts: [], predictions: [], used: [] }

/**
 * Judges a response by the rules of its own instrument and by those that read her history. What a proxy answered is read by the safety rules and
 * the context note only. A rule that missing answers keep undecided stands as not evaluated, and as X1: open.
 */
export function judge(situation: Situation): Risk {
  const { ruleSet, place } = situation
  const rules = ruleSet.rules.filter(({ instrument }) => instrument === undefined || instrument === place.context.instrument.id)
  const findings = rules.map((rule) => [rule, findingOf(rule, situation)] as const)
  const verdicts = findings.flatMap(([rule, finding]) => verdictsOf(ruleSet)(rule)(finding))
  const used = findings.flatMap(([, finding]) => finding.used ?? [])
  return riskOf(ruleSet, verdicts, used)
}

/** What a refused response still says: the safety rules that fired, whatever instrument they belong to. */
export function judgeSafetyOnly(ruleSet: RuleSet, safety: SafetyAnswers, raisedEarlier: ReadonlySet<string>): Risk {
  const situation = { safety, raisedEarlier } as Situation
  const rules = ruleSet.rules.filter(({ when }) => when.op === 'safety-item')
  const verdicts = rules
    .flatMap((rule) => verdictsOf(ruleSet)(rule)(evaluate(rule.when, situation)))
    .filter(({ verdict }) => verdict === 'fired')
  return riskOf(ruleSet, verdicts, [])
}

const findingOf = (rule: Rule, situation: Situation): Finding =>
  situation.place.context.proxy && rule.proxy !== true ? BY_PROXY : evaluate(rule.when, situation)

const BY_PROXY = notEvaluated(reason('proxy'))

/** One finding of one rule is one verdict, in whosever response it is made: what is told of it is told once. */
const verdictsOf = once((ruleSet: RuleSet) => once((rule: Rule) => once((finding: Finding) => buildVerdicts(ruleSet, rule, finding))))

function buildVerdicts(ruleSet: RuleSet, rule: Rule, { verdict, because: why, items, note, source, cutOff }: Finding): readonly Verdict[] {
  const { id, outcome, tier, when } = rule
  const because = told(ruleSet.phrases, why, 'en')
  const own = {
    id,
    outcome,
    because,
    why,
    ...(items && { items }),
    ...(source && { source }),
    ...(cutOff && { cutOff }),
    ...(tier !== undefined && note !== true && { tier }),
  }
  if (verdict === 'undecided') {
    const undecided = {
      id: 'X1',
      outcome,
      verdict: 'fired' as const,
      because,
      why,
      items: items ?? [],
      tier: 'open' as const,
      undecided: id,
    }
    return [
      { ...undecided, ...(tier && { potential: tier }) },
      { ...own, verdict: 'not-evaluated' },
    ]
  }
  if (when.op !== 'safety-unanswered' || verdict !== 'fired') return [{ ...own, verdict }]
  const potential = ruleSet.rules.find((other) => other.id === when.rule)?.tier
  return [{ ...own, verdict, undecided: when.rule, ...(potential && { potential }) }]
}

const riskOf = (ruleSet: RuleSet, verdicts: readonly Verdict[], used: readonly Reference[]): Risk => ({
  ...judgementOn(ruleSet, ...verdicts),
  used: distinct(used),
})

/** The same verdicts are the same judgement, and what is told of it is told once. */
const judgementOn = remembered((ruleSet: RuleSet, ...verdicts: Verdict[]): Omit<Risk, 'used'> => {
  const predictions = ruleSet.outcomes.flatMap(({ id, onlyWhenRaised }) => {
    const own = verdicts.filter(({ outcome, tier, verdict }) => outcome === id && tier !== undefined && verdict !== 'not-evaluated')
    const raised = own.some(({ verdict }) => verdict === 'fired')
    return (onlyWhenRaised ? raised : own.length > 0) ? [{ outcome: id, tier: tierOf(own) }] : []
  })
  const tiers = predictions.map(({ tier }) => tier)
  return { tier: mostPressing(tiers) ?? 'none', verdicts, predictions }
})

/** The highest tier that fired for one outcome. `open` counts only where the undecided rule would outrank it. */
function tierOf(verdicts: readonly Verdict[]): Tier {
  const firing = verdicts.filter(({ verdict }) => verdict === 'fired')
  const certain = mostPressing(firing.filter(({ tier }) => tier !== 'open').map(({ tier }) => tier!)) ?? 'routine'
  const open = firing.some(({ tier, potential }) => tier === 'open' && potential !== undefined && outranks(potential, certain))
  return open && outranks('open', certain) ? 'open' : certain
}

/** The highest of these tiers; undefined of none. */
export const mostPressing = (tiers: readonly Tier[]): Tier | undefined =>
  tiers.reduce<Tier | undefined>((highest, tier) => (highest === undefined || outranks(tier, highest) ? tier : highest), undefined)

const distinct = (references: readonly Reference[]): readonly Reference[] =>
  references.length < 2 ? references : [...new Map(references.map((r) => [JSON.stringify(r), r])).values()]
