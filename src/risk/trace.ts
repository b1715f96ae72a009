import type { AnswerOption, Instrument, Item, Scale } from '../instrument/instrument.ts'
import { inOnePiece, type Json, type Parts, parse, stringOf, WITHIN_STRING } from '../json.ts'
import { once, remembered } from '../once.ts'
import { dueOf } from '../schedule/due.ts'
import type { Score } from '../score/score-scale.ts'
import type { TimePoint } from '../trajectory/time-point.ts'
import type { Trajectory } from '../trajectory/trajectory.ts'
import type { Assessment, Result } from './assessment.ts'
import type { Course, Explanation, Inputs, Member, RuleTrace, ScoreSum } from './explanation.ts'
import type { Verdict } from './judge.ts'
import { type Knowledge, scheduleInUse } from './knowledge.ts'
import { isList, type Reason, type Value } from './reason.ts'
import type { RuleSet, ThresholdPolicy } from './rule-set.ts'

/** How a result came about, for who reads it. */
export const explanationOf = (knowledge: Knowledge, result: Result): Explanation =>
  parse(parse(traceOf(knowledge, result)) as Json<Explanation>)

const { json, list, object, word } = WITHIN_STRING

/** The same as text within a string: the trace that stands in the Provenance. */
export function traceOf(knowledge: Knowledge, result: Result): Json<string> {
  const { ownNumbersHash, softwareVersion } = knowledge
  const text = object<Explanation>({
    ...(result.outcome !== 'refused' && reckoningOf(knowledge, result)),
    tier: word(result.risk.tier),
    rules: rulesIn(knowledge.ruleSet)(result.risk.verdicts),
    ruleSet: ruleSetOf(knowledge),
    ownNumbers: ownNumbersHash === undefined ? undefined : json(ownNumbersHash),
    software: word(softwareVersion),
  })
  return stringOf(text)
}

const NONE = json<never[]>([])

const ruleSetOf = once(
  ({ ruleSet: { id, version }, ruleSetHash }: Knowledge): Json<Explanation['ruleSet']> => json({ id, version, sha256: ruleSetHash }),
)

function reckoningOf(knowledge: Knowledge, assessment: Assessment): Partial<Parts<Explanation>> {
  const { context, answers, scores, trajectories, timePoint, policy } = assessment
  const { instrument, language, textStatus, proxy } = context
  const items = instrument.items.flatMap((item) => {
    const option = answers.options.get(item.linkId)
    return option === undefined ? [] : [itemsOf(instrument)(item)(option)]
  })
  return {
    form: json({ instrument: instrument.id, version: instrument.version, language: language ?? null, textStatus, proxy }),
    items: list(items) ?? NONE,
    scores: json(Object.fromEntries(scores.map((score) => [score.scale.code, sumOf(score, assessment)]))),
    ...courseText(instrument, trajectories),
    missed: missedText(missedOf(knowledge, assessment)),
    timePoint: timePoint.day === undefined ? undatedText(timePoint.phase, timePoint.because) : json(timePoint),
    policy: policyIn(knowledge.ruleSet, policy),
  }
}

/** Her earlier scores and how this one stands to them; a woman's first form has nothing that differs from another's first. */
function courseText(instrument: Instrument, trajectories: Assessment['trajectories']): Pick<Parts<Explanation>, 'baseline' | 'course'> {
  return [...trajectories.values()].some(({ earlier }) => earlier.length > 0)
    ? buildCourse(instrument, trajectories)
    : firstCourse(instrument)
}

const buildCourse = ({ scales }: Instrument, trajectories: Assessment['trajectories']) => ({
  baseline: json(Object.fromEntries([...trajectories].map(([code, { earlier }]) => [code, earlier.map(memberOf)]))),
  course: json(Object.fromEntries(scales.map((scale) => [scale.code, courseOf(scale, trajectories.get(scale.code)!)]))),
})

const firstCourse = once((instrument: Instrument) =>
  buildCourse(instrument, new Map(instrument.scales.map(({ code }) => [code, { earlier: [] }]))),
)

const undatedText = remembered(
  (phase: TimePoint['phase'], because: TimePoint['because']): Json<TimePoint> => json({ phase, ...(because && { because }) }),
)

const missedText = (visits: readonly string[]): Json<readonly string[]> => (visits.length === 0 ? NONE : json(visits))

const policyIn = remembered((ruleSet: RuleSet, id: ThresholdPolicy) => json({ id, cutOff: ruleSet.thresholds[id] }))

/** An option that was chosen, with what it weighs in each scale. */
const itemsOf = once(({ scales }: Instrument) =>
  once(({ linkId }: Item) =>
    once(({ code, weight }: AnswerOption) => {
      const weighed = scales.filter(({ items }) => items.includes(linkId) && weight !== undefined)
      return json({ linkId, option: code, weights: Object.fromEntries(weighed.map((scale) => [scale.code, weight!])) })
    }),
  ),
)

function sumOf(score: Score, { answers }: Assessment): ScoreSum {
  const weights = score.scale.items.map((linkId) => answers.options.get(linkId)?.weight ?? null)
  return score.state === 'complete' ? { weights, value: score.value } : { weights, lower: score.lower, upper: score.upper }
}

const memberOf = ({ reference, effective, value }: Trajectory['earlier'][number]): Member => ({
  reference: reference.reference ?? null,
  effective,
  value,
})

const round = (value: number): number => Math.round(value * 100) / 100

function courseOf({ reliableChange }: Scale, { earlier, daysSinceLast, change, mean, deviation }: Trajectory): Course {
  return {
    waves: earlier.length + 1,
    ...(daysSinceLast !== undefined && { daysSinceLast }),
    ...(change !== undefined && { change }),
    ...(mean !== undefined && { mean: round(mean) }),
    ...(deviation !== undefined && { deviation: round(deviation) }),
    ...(reliableChange &&
      change !== undefined && {
        reliable: { change: Math.abs(change) >= reliableChange.value, by: reliableChange.value, source: reliableChange.source },
      }),
  }
}

function missedOf(knowledge: Knowledge, { context, known }: Assessment): string[] {
  const { due } = dueOf(scheduleInUse(knowledge), {
    instruments: knowledge.instruments,
    known,
    now: context.authored,
    ...(knowledge.site.noInfantCodes && { absenceCodes: knowledge.site.noInfantCodes }),
  })
  const missed = due.filter(({ state, instruments }) => state === 'missed' && instruments.includes(context.instrument.id))
  return [...new Set(missed.map(({ visit }) => visit.id))]
}

const rulesIn = once((ruleSet: RuleSet) =>
  once((verdicts: readonly Verdict[]) => inOnePiece(list(verdicts.map(ruleTraceIn(ruleSet))) ?? NONE)),
)

const ruleTraceIn = once((ruleSet: RuleSet) =>
  once(
    (verdict: Verdict): Json<RuleTrace> =>
      object<RuleTrace>({
        id: word(verdict.id),
        verdict: word(verdict.verdict),
        outcome: word(verdict.outcome),
        tier: verdict.tier && word(verdict.tier),
        because: json(verdict.because),
        inputs: json(inputsOf(verdict.why)),
        source: word(sourceOf(ruleSet, verdict)),
      }),
  ),
)

/** Named as the phrase names them; what is empty is left out. */
function inputsOf(why: Reason): Inputs {
  if ('told' in why) return {}
  const named = Object.entries(why.values).filter(([, value]) => value !== '')
  return Object.fromEntries(named.map(([name, value]) => [name, inputOf(value)]))
}

function inputOf(value: Value): Inputs[string] {
  if (typeof value === 'string' || typeof value === 'number') return value
  return isList(value) ? value.map((one) => (typeof one === 'string' ? one : inputsOf(one))) : inputsOf(value)
}

/** X1 stands for the rule that it leaves undecided; where a policy or a site chose the number, its source counts. */
function sourceOf(ruleSet: RuleSet, { id, undecided, outcome, source }: Verdict): string {
  const named = id === 'X1' ? undecided : id
  return source ?? ruleSet.rules.find((rule) => rule.id === named && rule.outcome === outcome)?.source ?? ''
}
