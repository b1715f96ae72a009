import type { CutOff } from '../instrument/instrument.ts'
import { once, remembered } from '../once.ts'
import { boundsOf, type Score } from '../score/score-scale.ts'
import { cutOffText } from './cut-off.ts'
import { type Reason, reason } from './reason.ts'
import type { Condition } from './rule-set.ts'
import { cutOffOf, type Finding, fired, itemOf, notEvaluated, notFired, type Situation, scoreOf, undecided } from './situation.ts'

type Of<Op extends Condition['op']> = Extract<Condition, { op: Op }>

/** `epds-total 14`, or its bounds: `epds-total 9 to 15`. */
export const scoreText = (score: Score): Reason => boundsText(score.scale.code, ...boundsOf(score))

const boundsText = remembered(
  (code: string, lower: number, upper: number): Reason =>
    lower === upper ? reason('score', { score: code, value: lower }) : reason('score-between', { score: code, lower, upper }),
)

const unansweredOf = (score: Score): readonly string[] => (score.state === 'complete' ? [] : score.unanswered)

/** A safety item at or above its weight in this version, or in an earlier one: an amendment does not clear it. */
export function safetyItem({ items, atLeast: least }: Of<'safety-item'>, { safety, raisedEarlier }: Situation): Finding {
  const now = items.find((linkId) => (safety.get(linkId) ?? 0) >= least)
  if (now !== undefined) return itemRaised(now, safety.get(now)!, least)
  if (items.some((linkId) => raisedEarlier.has(linkId))) return fired(reason('item-earlier', { items, least }), { items })
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0 ? notEvaluated(reason('items-unanswered', { items: open })) : allBelow(items, least)
}

const itemRaised = remembered((item: string, weight: number, least: number) =>
  fired(reason('item-at-least', { item, weight, least }), { items: [item] }),
)
const allBelow = remembered((items: readonly string[], least: number) => notFired(reason('items-below', { items, least })))

export function safetyUnanswered({ items }: Of<'safety-unanswered'>, { safety }: Situation): Finding {
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0 ? fired(reason('items-unanswered', { items: open }), { items: open }) : allAnswered(items)
}

const allAnswered = once((items: readonly string[]) => notFired(reason('items-answered', { items })))

/** A lower bound at the cut-off fires for certain, an upper bound below it does not for certain; between them the missing answers decide. */
export function atLeast({ score: code, cutOff: name, days }: Of<'at-least'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const cutOff = cutOffOf(situation, score.scale, name)
  const outside = days && dayFinding(days, cutOff, situation)
  if (outside) return outside
  const against = { score: scoreText(score), cutOff: cutOffText(cutOff, name, situation.policy), day: dayText(days, situation) }
  const [lower, upper] = boundsOf(score)
  if (lower >= cutOff.value) return reached(against.score, against.cutOff, against.day, cutOff, name)
  if (upper < cutOff.value) return below(against.score, against.cutOff, against.day)
  return undecided(reason('score-open', against), unansweredOf(score))
}

const reached = remembered((score: Reason, cutOffTold: Reason, day: Reason | string, cutOff: CutOff, name: string): Finding => {
  const chosen = name === 'threshold' || cutOff.inPlaceOf !== undefined
  return fired(reason('score-at-least', { score, cutOff: cutOffTold, day }), { cutOff, ...(chosen && { source: cutOff.source }) })
})

const below = remembered(
  (score: Reason, cutOff: Reason, day: Reason | string): Finding => notFired(reason('score-below', { score, cutOff, day })),
)

function dayText(days: 'inside' | 'outside' | undefined, { place }: Situation): Reason | string {
  if (days === undefined) return ''
  const { day } = place.timePoint
  return day === undefined ? NO_BIRTH : dayAfter(day)
}

const NO_BIRTH = reason('no-birth')
const dayAfter = remembered((day: number) => reason('of-day', { day }))

/** Why a cut-off that was studied on certain days is not read today; a due date is no birth date. */
function dayFinding(days: 'inside' | 'outside', cutOff: CutOff, { place }: Situation): Finding | undefined {
  const { phase, day = Number.NaN } = place.timePoint
  const [first, last] = cutOff.days ?? [0, Number.POSITIVE_INFINITY]
  if (phase === 'pregnancy') return IN_PREGNANCY
  const inside = phase === 'postpartum' && day >= first && day <= last
  if (days === 'outside') return inside ? notFired(reason('day-inside', { day, first, last })) : undefined
  if (phase === 'unknown') return unknownTime(place)
  return inside ? undefined : notFired(reason('day-outside', { day, first, last }))
}

export const IN_PREGNANCY = notEvaluated(reason('in-pregnancy'))

/** Why nobody can tell where in her course she is. */
export const whyUnknown = ({ timePoint }: Pick<Situation['place'], 'timePoint'>): Reason => WHY_UNKNOWN[timePoint.because ?? 'undated']

const WHY_UNKNOWN = {
  inexact: reason('time-inexact'),
  'birth-missing': reason('time-birth-missing'),
  undated: reason('time-undated'),
}

export const unknownTime = (place: Situation['place']): Finding => notEvaluatedFor(whyUnknown(place))
const notEvaluatedFor = once(notEvaluated)

export function between({ score: code, from, below: name }: Of<'between'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const [floor, cutOff] = [cutOffOf(situation, score.scale, from).value, cutOffOf(situation, score.scale, name)]
  const threshold = cutOff.value
  if (floor >= threshold) return notFired(reason('threshold-low', { threshold: cutOffText(cutOff, name, situation.policy), floor }))
  const [lower, upper] = boundsOf(score)
  const policy = cutOff.inPlaceOf === undefined ? situation.policy : cutOff.id
  const values = { score: scoreText(score), range: rangeText(floor, threshold - 1, policy) }
  if (lower >= floor && upper < threshold) return inside(values.score, values.range)
  if (upper < floor || lower >= threshold) return outside(values.score, values.range)
  return undecided(reason('score-range-open', values), unansweredOf(score))
}

const rangeText = remembered((from: number, to: number, policy: string) => reason('range', { from, to, policy }))
const inside = remembered((score: Reason, range: Reason) => fired(reason('score-inside', { score, range })))
const outside = remembered((score: Reason, range: Reason) => notFired(reason('score-outside', { score, range })))

export const weightTexts = (items: readonly string[], weights: Situation['weights']): Reason[] =>
  items.map((item) => reason('item-weight', { item, weight: weights.get(item)! }))

export function anyItem({ items, atLeast: least, phases }: Of<'any-item'>, { weights, place }: Situation): Finding {
  const { phase } = place.timePoint
  if (!phases.includes(phase)) return phase === 'pregnancy' ? IN_PREGNANCY : unknownTime(place)
  const high = items.filter((linkId) => (weights.get(linkId) ?? 0) >= least)
  if (high.length > 0) return fired(reason('items-high', { items: weightTexts(high, weights), least }), { items: high })
  const open = items.filter((linkId) => !weights.has(linkId))
  return open.length > 0 ? undecided(reason('items-unanswered', { items: open }), open) : allBelow(items, least)
}

/** Nothing at all, or one printed position throughout: a form filled in without reading looks like this. */
export function flat({ score: code }: Of<'flat'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  if (score.state === 'incomplete') return notEvaluated(reason('score-incomplete', { score: code }))
  if (score.value === 0) return allZero(code)
  const positions = score.scale.items.map((linkId) => itemOf(situation, linkId).options.indexOf(situation.answers.options.get(linkId)!))
  return positions.every((one) => one === positions[0]) ? onePosition(positions[0]! + 1) : POSITIONS_DIFFER
}

const allZero = remembered((score: string) => fired(reason('score-zero', { score })))
const onePosition = remembered((position: number) => fired(reason('one-position', { position })))

const POSITIONS_DIFFER = notFired(reason('positions-differ'))
