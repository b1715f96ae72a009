import type { Issue } from '../errors.ts'
import { remembered } from '../once.ts'
import type { Context } from '../score/context.ts'
import type { Score } from '../score/score-scale.ts'
import { dateOf, isBefore } from '../trajectory/calendar.ts'
import { counts } from '../trajectory/history.ts'
import { isDated, sameAnchor } from '../trajectory/time-point.ts'
import { laterComparableTo, type Place } from '../trajectory/trajectory.ts'
import type { Assessment } from './assessment.ts'
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
export const textStatusIssues = ({ textStatus, instrument }: Context): readonly Issue[] => cautionOf(textStatus, instrument.id)

const cautionOf = remembered((textStatus: Context['textStatus'], id: string): readonly Issue[] => {
  const caution = CAUTION[textStatus]
  return caution === undefined
    ? []
    : [notice('warning', 'informational', 'QuestionnaireResponse.questionnaire', `${id}: text status ${textStatus}. ${caution}`)]
})

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
  const undated = !isDated(course) && known.observations.some((one) => isBefore(one.effectiveDateTime ?? '', context.authored))
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
            `Her time-point is unknown: ${told(phrases, whyUnknown({ timePoint }), 'en')}${timePoint.because === 'birth-missing' ? '. Ask whether the baby is born, and record it' : ''}`,
          ),
        ]
      : []),
  ]
}

const SETTLED = ['completed', 'amended', 'entered-in-error']

/**
 * An older response that comes late, is corrected or taken back changes the baseline of those after it; which, so that they can be looked at again. What has been
 * written of it before with the same number changes none.
 */
export function lateIssues(place: Place, scores: readonly Score[], held: Assessment['held']): Issue[] {
  const { context, resultPrefix } = place
  if (!SETTLED.includes(context.status)) return []
  const later = scores.filter((score) => !isHeld(score, context, resultPrefix, held)).flatMap((score) => laterComparableTo(place, score))
  const names = [...new Set(later.flatMap(({ reference }) => reference.reference ?? []))]
  if (names.length === 0) return []
  const diagnostics = `This response is older than others of hers that were judged without it as it now is; the baseline of ${names.join(', ')} changes: kizuna rescore finds them`
  return [notice('information', 'informational', 'QuestionnaireResponse.authored', diagnostics)]
}

/** Whether a result of ours says the same already. */
function isHeld(score: Score, { status }: Context, resultPrefix: string | undefined, held: Assessment['held']): boolean {
  const value = `${resultPrefix}.${score.scale.code}`
  const own = held.find(({ identifier }) => identifier?.some((one) => one.value === value))
  if (own === undefined) return status === 'entered-in-error'
  if (own.resourceType !== 'Observation' || score.state !== 'complete') return true
  const wasGiven = counts(own)
  return status === 'entered-in-error' ? !wasGiven : wasGiven && own.valueQuantity?.value === score.value
}
