import type { CutOff } from '../instrument/instrument.ts'
import { boundsOf, type Score } from '../score/score-scale.ts'
import type { Condition } from './rule-set.ts'
import { cutOffOf, type Finding, fired, itemOf, notEvaluated, notFired, type Situation, scoreOf, undecided } from './situation.ts'

type Of<Op extends Condition['op']> = Extract<Condition, { op: Op }>

/** `epds-total 14`, or its bounds: `epds-total 9 to 15`. */
export const scoreText = (score: Score): string => {
  const [lower, upper] = boundsOf(score)
  return lower === upper ? `${score.scale.code} ${lower}` : `${score.scale.code} ${lower} to ${upper}`
}

const unansweredOf = (score: Score): readonly string[] => (score.state === 'complete' ? [] : score.unanswered)

/** A safety item at or above its weight in this version, or in an earlier one: an amendment does not clear it. */
export function safetyItem({ items, atLeast: least }: Of<'safety-item'>, { safety, raisedEarlier }: Situation): Finding {
  const now = items.find((linkId) => (safety.get(linkId) ?? 0) >= least)
  if (now !== undefined) return fired(`${now} ${safety.get(now)} ≥ ${least}`, { items: [now] })
  if (items.some((linkId) => raisedEarlier.has(linkId)))
    return fired(`${items.join(' or ')} ≥ ${least} in an earlier version of this response`, { items })
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0 ? notEvaluated(`${open.join(', ')} unanswered`) : notFired(`${items.join(', ')} < ${least}`)
}

export function safetyUnanswered({ items }: Of<'safety-unanswered'>, { safety }: Situation): Finding {
  const open = items.filter((linkId) => !safety.has(linkId))
  return open.length > 0 ? fired(`${open.join(', ')} unanswered`, { items: open }) : notFired(`${items.join(', ')} answered`)
}

/** A lower bound at the cut-off fires for certain, an upper bound below it does not for certain; between them the missing answers decide. */
export function atLeast({ score: code, cutOff: name, days }: Of<'at-least'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const cutOff = cutOffOf(situation, score.scale, name)
  const outside = days && dayFinding(days, cutOff, situation)
  if (outside) return outside
  const [lower, upper] = boundsOf(score)
  const named = `${cutOff.value}${name === 'threshold' ? ` (${situation.policy})` : ''}${dayText(days, situation)}`
  if (lower >= cutOff.value) return fired(`${scoreText(score)} ≥ ${named}`, name === 'threshold' ? { source: cutOff.source } : {})
  if (upper < cutOff.value) return notFired(`${scoreText(score)} < ${named}`)
  return undecided(`${scoreText(score)}, cut-off ${named}`, unansweredOf(score))
}

const dayText = (days: 'inside' | 'outside' | undefined, { place }: Situation): string => {
  if (days === undefined) return ''
  return place.timePoint.day === undefined ? ', birth date unknown' : `, day ${place.timePoint.day}`
}

/** Why a cut-off that was studied on certain days is not read today; a due date is no birth date. */
function dayFinding(days: 'inside' | 'outside', cutOff: CutOff, { place }: Situation): Finding | undefined {
  const { phase, day } = place.timePoint
  const [first, last] = cutOff.days ?? [0, Number.POSITIVE_INFINITY]
  if (phase === 'pregnancy') return notEvaluated('in pregnancy')
  const inside = phase === 'postpartum' && day !== undefined && day >= first && day <= last
  if (days === 'outside') return inside ? notFired(`day ${day} lies within ${first} to ${last}`) : undefined
  if (phase === 'unknown') return notEvaluated(place.timePoint.because ?? 'birth date unknown')
  return inside ? undefined : notFired(`day ${day} lies outside ${first} to ${last}`)
}

export function between({ score: code, from, below }: Of<'between'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  const [floor, threshold] = [cutOffOf(situation, score.scale, from).value, cutOffOf(situation, score.scale, below).value]
  if (floor >= threshold) return notFired(`the threshold ${threshold} (${situation.policy}) leaves nothing above ${floor}`)
  const [lower, upper] = boundsOf(score)
  const range = `${floor} to ${threshold - 1} (${situation.policy})`
  if (lower >= floor && upper < threshold) return fired(`${scoreText(score)} within ${range}`)
  if (upper < floor || lower >= threshold) return notFired(`${scoreText(score)} outside ${range}`)
  return undecided(`${scoreText(score)}, range ${range}`, unansweredOf(score))
}

export function anyItem({ items, atLeast: least, phases }: Of<'any-item'>, { weights, place }: Situation): Finding {
  if (!phases.includes(place.timePoint.phase)) return notEvaluated(`in ${place.timePoint.phase}`)
  const high = items.filter((linkId) => (weights.get(linkId) ?? 0) >= least)
  if (high.length > 0) return fired(`${high.map((linkId) => `${linkId} ${weights.get(linkId)}`).join(', ')} ≥ ${least}`, { items: high })
  const open = items.filter((linkId) => !weights.has(linkId))
  return open.length > 0 ? undecided(`${open.join(', ')} unanswered`, open) : notFired(`${items.join(', ')} < ${least}`)
}

/** Nothing at all, or one printed position throughout: a form filled in without reading looks like this. */
export function flat({ score: code }: Of<'flat'>, situation: Situation): Finding {
  const score = scoreOf(situation, code)
  if (score.state === 'incomplete') return notEvaluated(`${code} incomplete`)
  if (score.value === 0) return fired(`${code} 0`)
  const positions = score.scale.items.map((linkId) => itemOf(situation, linkId).options.indexOf(situation.answers.options.get(linkId)!))
  return new Set(positions).size === 1 ? fired(`printed position ${positions[0]! + 1} throughout`) : notFired('answers differ')
}
