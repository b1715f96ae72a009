import { earlierInPregnancy, latestContext } from './context-conditions.ts'
import { noBaseline, rise } from './course-conditions.ts'
import type { Condition } from './rule-set.ts'
import { anyItem, atLeast, between, flat, safetyItem, safetyUnanswered } from './score-conditions.ts'
import type { Finding, Situation } from './situation.ts'

/** What one condition finds in one situation. Every operator of the rule set stands here once. */
export function evaluate(condition: Condition, situation: Situation): Finding {
  switch (condition.op) {
    case 'safety-item':
      return safetyItem(condition, situation)
    case 'safety-unanswered':
      return safetyUnanswered(condition, situation)
    case 'at-least':
      return atLeast(condition, situation)
    case 'between':
      return between(condition, situation)
    case 'any-item':
      return anyItem(condition, situation)
    case 'rise':
      return rise(condition, situation)
    case 'no-baseline':
      return noBaseline(condition, situation)
    case 'earlier-in-pregnancy':
      return earlierInPregnancy(condition, situation)
    case 'context':
      return latestContext(condition, situation)
    case 'flat':
      return flat(condition, situation)
  }
}
