import isEqual from 'lodash/isEqual.js'
import type { Verdict } from '../risk/judge.ts'
import type { Change } from './rescore.ts'
import type { Stand } from './stand.ts'

/** The most telling difference of two stands in one tier. A newer version of the rules that says the same is none. */
export function changeOf(before: Stand, after: Stand): Change {
  if (!isEqual(before.rules, after.rules)) return 'rules'
  if (!isEqual(before.scores, after.scores)) return 'scores'
  if (!isEqual(before.baselines, after.baselines)) return 'baseline'
  if (!isEqual(before.cutOffs, after.cutOffs)) return 'cut-off'
  return isStatusAsDue(before, after) ? 'same' : 'status'
}

/** A result that was rewritten is `amended` while its response is `completed`. */
const isStatusAsDue = ({ statuses }: Stand, after: Stand): boolean =>
  isEqual(statuses, after.statuses) || (isEqual(after.statuses, ['final']) && statuses.every((one) => one === 'final' || one === 'amended'))

/** Each difference in words: `+` fires now, `-` no longer does, `~` was another number. */
export function whyOf(before: Stand, after: Stand, verdicts: readonly Verdict[]): string[] {
  const verdictOf = (rule: string) => verdicts.find(({ id, verdict }) => id === rule && verdict !== 'fired')
  const { rules: old } = before
  const rules = [
    ...Object.entries(after.rules).flatMap(([id, because]) =>
      !(id in old) ? [`+ ${id}: ${because}`] : old[id] === because ? [] : [`~ ${id}: ${old[id]} → ${because}`],
    ),
    ...Object.keys(old)
      .filter((id) => !(id in after.rules))
      .map((id) => `- ${id}: ${verdictOf(id)?.because ?? 'no longer a rule'} (was ${old[id]})`),
  ]
  const ruleSet = before.ruleSet === after.ruleSet ? [] : [`rule set ${before.ruleSet ?? 'unknown'} → ${after.ruleSet}`]
  const statuses = isStatusAsDue(before, after) ? [] : [`status ${before.statuses.join(', ')} → ${after.statuses.join(', ')}`]
  return [
    ...rules,
    ...numbersOf(before.scores, after.scores),
    ...numbersOf(before.cutOffs, after.cutOffs, 'cut-off of '),
    ...numbersOf(before.baselines, after.baselines),
    ...statuses,
    ...ruleSet,
  ]
}

function numbersOf(before: Stand['scores'], after: Stand['scores'], what = ''): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => `~ ${what}${name} ${before[name] ?? 'none'} → ${after[name] ?? 'none'}`)
}
