import { remembered } from '../once.ts'
import { boundsOf } from '../score/score-scale.ts'
import type { Trajectory } from '../trajectory/trajectory.ts'
import { type Reason, reason } from './reason.ts'
import type { Condition } from './rule-set.ts'
import { scoreText, weightTexts } from './score-conditions.ts'
import { type Finding, fired, notEvaluated, notFired, type Situation, scoreOf, undecided } from './situation.ts'

type Of<Op extends Condition['op']> = Extract<Condition, { op: Op }>

const round = (value: number): number => Math.round(value * 100) / 100

interface Comparison {
  readonly text: Reason
  readonly reached: (value: number, by: number) => boolean
}

/** `last 7`, `mean 5.5 of 2`: what a score is compared with, and by how much it lies above; the mean compares in whole numbers (k·value − sum). */
function comparisons({ above }: Of<'rise'>, { earlier, mean }: Trajectory): Comparison[] {
  const last = earlier.at(-1)
  const sum = earlier.reduce((total, { value }) => total + value, 0)
  const k = earlier.length
  return [
    ...(above.includes('last') && last
      ? [{ text: reason('last', { value: last.value }), reached: (value: number, by: number) => value - last.value >= by }]
      : []),
    ...(above.includes('mean') && mean !== undefined
      ? [{ text: reason('mean', { value: round(mean), k }), reached: (value: number, by: number) => k * value - sum >= by * k }]
      : []),
  ]
}

/** A score that lies `by` or more above her own earlier ones. */
export function rise(condition: Of<'rise'>, situation: Situation): Finding {
  const { score: code, by, minimumDays = 0, readsBounds } = condition
  const score = scoreOf(situation, code)
  const trajectory = situation.trajectories.get(code)!
  const compared = comparisons(condition, trajectory)
  if (compared.length === 0) return tooFew(trajectory.earlier.length, code)
  if (score.state === 'incomplete' && readsBounds !== true) return notEvaluated(reason('score-incomplete', { score: code }))
  const { daysSinceLast } = trajectory
  if (minimumDays > 0 && daysSinceLast === undefined) return notEvaluated(reason('gap-unknown'))
  if (daysSinceLast !== undefined && daysSinceLast < minimumDays)
    return notFired(reason('too-soon', { days: daysSinceLast, least: minimumDays }))
  const [lower, upper] = boundsOf(score)
  const used = trajectory.earlier.map(({ reference }) => reference)
  const because = reason('compared', { score: scoreText(score), with: compared.map(({ text }) => text), by })
  if (compared.some(({ reached }) => reached(lower, by))) return fired(because, { used })
  if (!compared.some(({ reached }) => reached(upper, by))) return notFired(because, { used })
  return undecided(because, score.state === 'incomplete' ? score.unanswered : [], used)
}

const tooFew = remembered((k: number, score: string) => notEvaluated(reason('few-earlier', { k, score })))

/** A score above zero (its lower bound, when incomplete) with too few earlier ones to compare; names the items that make it. */
export function noBaseline({ score: code, fewerThan }: Of<'no-baseline'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const k = situation.trajectories.get(code)!.earlier.length
  const [lower] = boundsOf(score)
  if (k >= fewerThan) return notFired(reason('few-earlier', { k, score: code }))
  if (lower === 0) return notFired(reason('not-surely-above-zero', { score: scoreText(score) }))
  const items = score.scale.items.filter((linkId) => (situation.weights.get(linkId) ?? 0) > 0)
  return fired(reason('first-above-zero', { score: scoreText(score), items: weightTexts(items, situation.weights), k }), { items })
}
