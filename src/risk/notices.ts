import type { Issue } from '../errors.ts'
import type { Context } from '../score/context.ts'
import { dateOf } from '../trajectory/calendar.ts'
import { isDated, sameAnchor } from '../trajectory/time-point.ts'
import type { Place } from '../trajectory/trajectory.ts'
import type { Risk } from './judge.ts'
import { told } from './reason.ts'
import type { RuleSet } from './rule-set.ts'
import { whyUnknown } from './score-conditions.ts'

const notice = (severity: Issue['severity'], code: Issue['code'], expression: string, diagnostics: string): Issue => ({
  severity,
  code,
  expression,
  diagnostics,
})

const CAUTION: Partial<Record<Context['textStatus'], string>> = {
  caption:
    'Answered on neutral captions, which are not the instrument: no cut-off holds for a mother who answered these; a record from paper is as good as the paper',
  unverified: 'The wording was not compared with the print',
}

/** What must be known of the wording before a score is believed. */
export function textStatusIssues({ textStatus, instrument }: Context): Issue[] {
  const caution = CAUTION[textStatus]
  return caution === undefined
    ? []
    : [notice('warning', 'informational', 'QuestionnaireResponse.questionnaire', `${instrument.id}: text status ${textStatus}. ${caution}`)]
}

/** Says first that a refused form must be read all the same. */
export function spokenIssues({ verdicts }: Risk): Issue[] {
  if (verdicts.length === 0) return []
  const rules = verdicts.map(({ id }) => id).join(', ')
  return [
    notice(
      'warning',
      'business-rule',
      'QuestionnaireResponse.item',
      `The response is refused, but its safety answers fired rule ${rules}: act on them now`,
    ),
  ]
}

/** How many infants were born at the birth that dates this response; one infant may be on record as Patient and as RelatedPerson. */
function bornThen({ births }: Place['course'], { anchor }: Place['timePoint']): number {
  const born = births.filter(({ keys, day }) => keys !== undefined && sameAnchor(dateOf(day), anchor))
  const ofType = (type: string) => born.filter(({ keys }) => keys!.some((key) => key.startsWith(type))).length
  return Math.max(ofType('Patient/'), ofType('RelatedPerson/'))
}

/** What was taken for granted about her course, and what is ambiguous in it. */
export function courseIssues({ phrases }: RuleSet, { context, course, timePoint, known }: Place): Issue[] {
  const ambiguous = context.instrument.aboutInfant === true && context.infant === undefined && bornThen(course, timePoint) > 1
  const undated = known.observations.length > 0 && !isDated(course)
  return [
    ...(ambiguous
      ? [
          notice(
            'warning',
            'multiple-matches',
            'QuestionnaireResponse.extension',
            'More than one infant was born then, and the response names none',
          ),
        ]
      : []),
    ...(undated
      ? [
          notice(
            'information',
            'informational',
            'QuestionnaireResponse.authored',
            'No birth and no due date is recorded: all her scores are taken as one episode',
          ),
        ]
      : []),
    ...(timePoint.phase === 'unknown' && isDated(course)
      ? [
          notice(
            'warning',
            'informational',
            'QuestionnaireResponse.authored',
            `Her time-point is unknown: ${told(phrases, whyUnknown({ timePoint }), 'en')}`,
          ),
        ]
      : []),
  ]
}
