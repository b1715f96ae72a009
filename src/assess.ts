import { type Issue, isBroken } from './errors.ts'
import type { Assessment, Refusal, Result } from './risk/assessment.ts'
import { judge, judgeSafetyOnly, NO_RISK } from './risk/judge.ts'
import type { Knowledge } from './risk/knowledge.ts'
import { courseIssues, lateIssues, spokenIssues, textStatusIssues } from './risk/notices.ts'
import { raisedEarlier } from './risk/raised-earlier.ts'
import { policyFor } from './risk/situation.ts'
import { withoutLost } from './schedule/absence.ts'
import { type Context, identityOf, whoseOf } from './score/context.ts'
import { GENERIC } from './score/generic-form.ts'
import { resultPrefixOf } from './score/identity.ts'
import type { Answers } from './score/read-answers.ts'
import { readForm } from './score/read-form.ts'
import { type Recognised, recognise } from './score/recognise.ts'
import { isReference } from './score/reference.ts'
import { safetyAnswersOf } from './score/safety-answers.ts'
import { scoresOf, totalIssues, weightsOf } from './score/score-response.ts'
import type { Score } from './score/score-scale.ts'
import { type History, knownOf } from './trajectory/history.ts'
import { courseOf, infantKeyOf, timePointOf } from './trajectory/time-point.ts'
import { type Place, trajectoryOf } from './trajectory/trajectory.ts'

/**
 * The whole flow on one page: safety answers, trust, scores, her own course, tier. Never throws: what cannot be trusted comes back refused,
 * with its reasons and with the safety rules that its answers fired all the same.
 * `received` is whatever came in; `history` is what is known of this woman, in any order (lines of others are passed over). Servers hold things that are no R4: as long as
 * they can be read they count; where one cannot, those that are no R4 are passed over, and it is said.
 */
export function assess(knowledge: Knowledge, received: unknown, history: History = []): Result {
  try {
    return assessed(knowledge, received, history)
  } catch (fault) {
    const readable = history.filter((one) => !isBroken(knowledge.check(one)))
    if (readable.length === history.length) throw fault
    const result = assessed(knowledge, received, readable)
    return { ...result, issues: [...result.issues, passedOver(history.length - readable.length)] }
  }
}

const passedOver = (count: number): Issue => ({
  severity: 'warning',
  code: 'informational',
  diagnostics: `Resources of her history that are no valid R4, and were passed over: ${count}`,
})

function assessed(knowledge: Knowledge, received: unknown, history: History): Result {
  const recognised = recognise(knowledge, received)
  const safety = safetyAnswersOf(knowledge, received, recognised)
  const form = readForm(knowledge, received, recognised)
  if ('faults' in form) return refusalOf(knowledge, received, history, form.faults, recognised)
  const { context, answers } = form

  const place = placeOf(knowledge, context, history)
  if (place.known.infants.some(({ keys }) => keys.includes(context.subjectKey)))
    return refusalOf(knowledge, received, history, [INFANT_AS_SUBJECT], recognised)

  const weights = weightsOf(answers)
  const scores = scoresOf(context.instrument, weights)
  const trajectories = new Map(scores.map((score) => [score.scale.code, trajectoryOf(place, score)]))

  const policy = policyFor(knowledge, context)
  const situation = { place, ruleSet: knowledge.ruleSet, policy, safety, answers, weights, scores, trajectories }
  const retracted = context.status === 'entered-in-error'
  const isGeneric = context.instrument.id === GENERIC
  const risk =
    retracted || isGeneric ? NO_RISK : judge({ ...situation, raisedEarlier: raisedEarlier(knowledge, context.identity, place.known) })

  const held = heldOf(place)
  const issues = [
    ...form.notices,
    ...totalIssues(scores, answers),
    ...textStatusIssues(context),
    ...courseIssues(knowledge.ruleSet, place),
    ...lateIssues(place, scores, held),
    ...identityIssues(context),
  ]
  const outcome = retracted ? 'retracted' : outcomeOf(context, answers, scores)
  return { outcome, context, answers, scores, timePoint: place.timePoint, known: place.known, trajectories, risk, policy, issues, held }
}

/** Where this response lies in her course, and what else is known of her. */
function placeOf({ instruments, site }: Knowledge, context: Context, history: History): Place {
  const { instrument, identity, infant, authored, subject } = context
  const known = withoutLost(knownOf(history, subject, authored), site.noInfantCodes ?? [], authored)
  const course = courseOf(known, authored)
  const timePoint = timePointOf(course, authored, authored, infantKeyOf(instrument, infant))
  const mayHaveResults =
    identity !== undefined && known.observations.length + known.assessments.length + known.tasks.length + known.flags.length > 0
  return { context, course, timePoint, known, instruments, ...(mayHaveResults && { resultPrefix: resultPrefixOf(identity) }) }
}

/** What a server gave back of this response's own results, among the rest of her history. */
function heldOf({ known, resultPrefix }: Place): Assessment['held'] {
  if (resultPrefix === undefined) return []
  const isOwn = ({ identifier }: Assessment['held'][number]) =>
    identifier?.some(({ value }) => value?.startsWith(`${resultPrefix}.`)) ?? false
  return [known.observations, known.assessments, known.tasks, known.flags].flatMap((found) => found.filter(isOwn))
}

const outcomeOf = ({ instrument }: Context, { options }: Answers, scores: readonly Score[]): Assessment['outcome'] => {
  const complete =
    scores.length > 0 ? scores.every(({ state }) => state === 'complete') : instrument.items.every(({ linkId }) => options.has(linkId))
  return complete ? 'scored' : 'incomplete'
}

const INFANT_AS_SUBJECT: Issue = {
  severity: 'error',
  code: 'value',
  expression: 'QuestionnaireResponse.subject',
  diagnostics: 'The subject is the infant; a response is always about the mother, and nothing is redirected',
}

const identityIssues = ({ identity }: Context): Issue[] =>
  identity !== undefined
    ? []
    : [
        {
          severity: 'warning',
          code: 'required',
          expression: 'QuestionnaireResponse.identifier',
          diagnostics: 'Neither id nor identifier: the scores stand here, but nothing can be written that could be found again',
        },
      ]

/** Safety first: a form that must be refused may still say that somebody is in danger. What was entered in error says nothing. */
function refusalOf(knowledge: Knowledge, received: unknown, history: History, faults: readonly Issue[], recognised: Recognised): Refusal {
  const { subject, status, authored, id, identifier } = (typeof received === 'object' && received !== null ? received : {}) as Record<
    string,
    never
  >
  const known = knownOf(history, isReference(subject) ? subject : {}, typeof authored === 'string' ? authored : '')
  const raised = raisedEarlier(knowledge, identityOf({ id, identifier }), known)
  const safety = safetyAnswersOf(knowledge, received, recognised)
  const risk = status === 'entered-in-error' ? NO_RISK : judgeSafetyOnly(knowledge.ruleSet, safety, raised)
  const about = whoseOf(
    received,
    known.infants.flatMap(({ keys }) => keys),
  )
  return { outcome: 'refused', received, recognised, risk, issues: [...spokenIssues(risk), ...faults], ...(about && { about }) }
}
