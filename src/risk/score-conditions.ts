import type { CutOff } from '../instrument/instrument.ts'
import { boundsOf, type Score } from '../score/score-scale.ts'
import { cutOffText } from './cut-off.ts'
import { type Reason, reason } from './reason.ts'
import type { Condition } from './rule-set.ts'
import { cutOffOf, type Finding, fired, itemOf, notEvaluated, notFired, type Situation, scoreOf, undecided } from './situation.ts'

type Of<Op extends Condition['op']> = Extract<Condition, { op: Op }>

/** `epds-total 14`, or its bounds: `epds-total 9 to 15`. */
export function scoreText(score: Score): Reason {
  const [lower, upper] = boundsOf(score)
  const { code } = score.scale
  return lower === upper ? reason('score', { score: code, value: lower }) : reason('score-between', { score: code, lower, upper })
}

const unansweredOf = (score: Score): readonly string[] => (score.state === 'complete' ? [] : score.unanswered)

/** A safety item at or above its weight in this version, or in an earlier one: an amendment does not clear it. */
export function safetyItem({ items, atLeast: least }: Of<'safety-item'>, { safety, raisedEarlier }: Situation): Finding {
  const now = items.find((linkId) => (safety.get(linkId) ?? 0) >= least)
  if (now !== undefined) return fired(reason('item-at-least', { item: now, weight: safety.get(now)!, least }), { items: [now] })
  if (items.some((linkId) => raisedEarlier.has(linkId))) return fired(reason('item-earlier', { items, least }), { items })
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0 ? notEvaluated(reason('items-unanswered', { items: open })) : notFired(reason('items-below', { items, least }))
}

export function safetyUnanswered({ items }: Of<'safety-unanswered'>, { safety }: Situation): Finding {
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0
    ? fired(reason('items-unanswered', { items: open }), { items: open })
    : notFired(reason('items-answered', { items }))
}

/** A lower bound at the cut-off fires for certain, an upper bound below it does not for certain; between them the missing answers decide. */
export function atLeast({ score: code, cutOff: name, days }: Of<'at-least'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const cutOff = cutOffOf(situation, score.scale, name)
  const outside = days && dayFinding(days, cutOff, situation)
  if (outside) return outside
  const [lower, upper] = boundsOf(score)
  const values = { score: scoreText(score), cutOff: cutOffText(cutOff, name, situation.policy), day: dayText(days, situation) }
  const chosen = name === 'threshold' || cutOff.inPlaceOf !== undefined
  if (lower >= cutOff.value) return fired(reason('score-at-least', values), { cutOff, ...(chosen && { source: cutOff.source }) })
  if (upper < cutOff.value) return notFired(reason('score-below', values))
  return undecided(reason('score-open', values), unansweredOf(score))
}

function dayText(days: 'inside' | 'outside' | undefined, { place }: Situation): Reason | string {
  if (days === undefined) return ''
  const { day } = place.timePoint
  return day === undefined ? reason('no-birth') : reason('of-day', { day })
}

/** Why a cut-off that was studied on certain days is not read today; a due date is no birth date. */
function dayFinding(days: 'inside' | 'outside', cutOff: CutOff, { place }: Situation): Finding | undefined {
  const { phase, day = Number.NaN } = place.timePoint
  const [first, last] = cutOff.days ?? [0, Number.POSITIVE_INFINITY]
  if (phase === 'pregnancy') return notEvaluated(reason('in-pregnancy'))
  const inside = phase === 'postpartum' && day >= first && day <= last
  if (days === 'outside') return inside ? notFired(reason('day-inside', { day, first, last })) : undefined
  if (phase === 'unknown') return notEvaluated(whyUnknown(place))
  return inside ? undefined : notFired(reason('day-outside', { day, first, last }))
}

/** Why nobody can tell where in her course she is. */
export const whyUnknown = ({ timePoint }: Pick<Situation['place'], 'timePoint'>): Reason => reason(`time-${timePoint.because ?? 'undated'}`)

export function between({ score: code, from, below }: Of<'between'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const [floor, cutOff] = [cutOffOf(situation, score.scale, from).value, cutOffOf(situation, score.scale, below)]
  const threshold = cutOff.value
  if (floor >= threshold) return notFired(reason('threshold-low', { threshold: cutOffText(cutOff, below, situation.policy), floor }))
  const [lower, upper] = boundsOf(score)
  const policy = cutOff.inPlaceOf === undefined ? situation.policy : cutOff.id
  const values = { score: scoreText(score), range: reason('range', { from: floor, to: threshold - 1, policy }) }
  if (lower >= floor && upper < threshold) return fired(reason('score-inside', values))
  if (upper < floor || lower >= threshold) return notFired(reason('score-outside', values))
  return undecided(reason('score-range-open', values), unansweredOf(score))
}

export const weightTexts = (items: readonly string[], weights: Situation['weights']): Reason[] =>
  items.map((item) => reason('item-weight', { item, weight: weights.get(item)! }))

export function anyItem({ items, atLeast: least, phases }: Of<'any-item'>, { weights, place }: Situation): Finding {
  const { phase } = place.timePoint
  if (!phases.includes(phase)) return notEvaluated(phase === 'pregnancy' ? reason('in-pregnancy') : whyUnknown(place))
  const high = items.filter((linkId) => (weights.get(linkId) ?? 0) >= least)
  if (high.length > 0) return fired(reason('items-high', { items: weightTexts(high, weights), least }), { items: high })
  const open = items.filter((linkId) => !weights.has(linkId))
  return open.length > 0 ? undecided(reason('items-unanswered', { items: open }), open) : notFired(reason('items-below', { items, least }))
}

/** Nothing at all, or one printed position throughout: a form filled in without reading looks like this. */
export function flat({ score: code }: Of<'flat'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  if (score.state === 'incomplete') return notEvaluated(reason('score-incomplete', { score: code }))
  if (score.value === 0) return fired(reason('score-zero', { score: code }))
  const positions = score.scale.items.map((linkId) => itemOf(situation, linkId).options.indexOf(situation.answers.options.get(linkId)!))
  return new Set(positions).size === 1
    ? fired(reason('one-position', { position: positions[0]! + 1 }))
    : notFired(reason('positions-differ'))
}
