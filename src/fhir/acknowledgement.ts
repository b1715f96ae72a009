import type { Annotation, CodeableConcept, Reference, RiskAssessment, Task, TaskOutput } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { BASE } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { latenessText } from '../risk/lateness.ts'
import { resultIdentifier, softwareReference } from '../score/identity.ts'
import { minutesAfter } from '../trajectory/calendar.ts'
import { RULE_EXTENSION } from './risk-assessment.ts'
import { resultPrefixIn } from './standing.ts'

export const TASK_SYSTEM = `${BASE}/CodeSystem/task`
/** The role part of the Task's identifier: one per response, whoever writes it. */
export const ACKNOWLEDGEMENT = 'acknowledgement'
/** Minutes within which somebody is with her, where the site says nothing else: the action of the immediate tier. */
const DUE_MINUTES = 30

/** Who did something, and when: a clinician of the session, a FHIR instant. */
export interface Act {
  readonly who: Reference
  readonly when: string
}

/** What an acknowledgement is about. */
export interface Alerted {
  /** Identifier values of the response's results begin with it. */
  readonly resultPrefix: string
  readonly subject: Reference
  readonly encounter?: Reference
  /** The RiskAssessment; of a refused response, which has none, the response. */
  readonly focus: Reference
  /** The rules that fired. */
  readonly rules: readonly string[]
  /** When she answered, where that is known: a result that came late says so. */
  readonly authored?: string
}

/** What asks for somebody now, in the site's language: the tier, the rules, how old the answers were, what to do. */
export function alertText(
  { ruleSet, site }: Knowledge,
  { rules, authored }: Pick<Alerted, 'rules' | 'authored'>,
  recorded: string,
): string {
  const { title, action } = ruleSet.tiers.find(({ id }) => id === 'immediate')!
  const { language } = site
  const late = authored === undefined ? undefined : latenessText(authored, recorded, language)
  return [`${title[language]} (${rules.join(', ')}).`, late, (site.actions?.immediate ?? action)[language]].filter(Boolean).join(' ')
}

/**
 * The Task that asks for somebody now, and in which it stands who has seen a safety answer and who has done what. Its two steps are `acknowledgeSeen` and
 * `acknowledgeDone`. It holds no answer. `recorded` is a FHIR instant, from which its deadline counts.
 * @see https://hl7.org/fhir/R4/task.html
 */
export function buildAcknowledgement(knowledge: Knowledge, about: Alerted, recorded: string): Task {
  const { site, softwareVersion } = knowledge
  const { dueMinutes = DUE_MINUTES, escalateAfterMinutes, owner } = site.onImmediate ?? {}
  return {
    resourceType: 'Task',
    identifier: [resultIdentifier(`${about.resultPrefix}.${ACKNOWLEDGEMENT}`)],
    status: 'requested',
    intent: 'order',
    priority: 'stat',
    code: { coding: [{ system: TASK_SYSTEM, code: 'attend', display: 'Attend to a safety answer' }] },
    description: alertText(knowledge, about, recorded),
    focus: about.focus,
    for: about.subject,
    ...(about.encounter && { encounter: about.encounter }),
    authoredOn: recorded,
    lastModified: recorded,
    requester: softwareReference(softwareVersion),
    ...(owner && { owner }),
    restriction: { repetitions: 1, period: { end: minutesAfter(recorded, dueMinutes) } },
    ...(escalateAfterMinutes !== undefined && {
      input: [{ type: concept('escalate-at'), valueDateTime: minutesAfter(recorded, escalateAfterMinutes) }],
    }),
  }
}

/** The same for a RiskAssessment that a server holds, where the site's policy wrote no Task: the first step makes it. */
export function acknowledgementOf(knowledge: Knowledge, assessment: RiskAssessment, recorded: string): Task {
  const { id, subject, encounter, occurrenceDateTime: authored, prediction = [] } = assessment
  const resultPrefix = resultPrefixIn(assessment)
  if (resultPrefix === undefined || id === undefined)
    throw new AssessmentError('value', 'This RiskAssessment is no result of ours that a server holds', {
      expression: 'RiskAssessment.identifier',
    })
  const rules = prediction
    .filter(({ qualitativeRisk }) => qualitativeRisk?.coding?.some(({ code }) => code === 'immediate'))
    .flatMap(({ extension = [] }) => extension.filter(({ url }) => url === RULE_EXTENSION))
    .flatMap(({ extension: parts = [] }) => parts.find(({ url }) => url === 'code')?.valueCoding?.code ?? [])
  const focus = { reference: `RiskAssessment/${id}` }
  const about = { resultPrefix, subject, focus, rules, ...(encounter && { encounter }), ...(authored !== undefined && { authored }) }
  return buildAcknowledgement(knowledge, about, recorded)
}

const concept = (code: 'seen' | 'done' | 'escalate-at') => ({ coding: [{ system: TASK_SYSTEM, code }] })

const outputOf = (step: 'seen' | 'done', { who, when }: Act, text: string): TaskOutput => ({
  type: concept(step),
  valueAnnotation: { authorReference: who, time: when, text } satisfies Annotation,
})

/** First step: somebody has read it. The first to do so stays; a Task that is further along is left as it is. */
export function acknowledgeSeen(task: Task, act: Act): Task {
  if (task.status !== 'requested') return task
  return { ...task, status: 'accepted', lastModified: act.when, output: [...(task.output ?? []), outputOf('seen', act, 'Seen')] }
}

/**
 * Second step: what was done, in the clinician's words. Whoever did it has seen it. A Task that is done, or whose response was entered in error, is left as it is.
 * Refuses (`required`) an empty `what`.
 */
export function acknowledgeDone(task: Task, { what, ...act }: Act & { readonly what: string }): Task {
  if (what.trim() === '') throw new AssessmentError('required', 'What was done is not said', { expression: 'Task.output' })
  if (task.status !== 'requested' && task.status !== 'accepted') return task
  const seen = acknowledgeSeen(task, act)
  return { ...seen, status: 'completed', lastModified: act.when, output: [...(seen.output ?? []), outputOf('done', act, what.trim())] }
}

/** How far an alert has come, and whether it is late. */
export interface AcknowledgementState {
  /** `retracted`: the response was entered in error. */
  readonly step: 'open' | 'seen' | 'done' | 'retracted'
  readonly seen?: Act
  readonly done?: Act & { readonly what: string }
  /** FHIR instant by which somebody is to be with her. */
  readonly due?: string
  /** Nobody has done anything by then. */
  readonly isLate: boolean
  /** The site's second deadline has passed. */
  readonly isEscalated: boolean
}

/** What a Task says; without one nobody has acknowledged anything. `now` is a FHIR instant. */
export function acknowledgementState(task: Task | undefined, now: string): AcknowledgementState {
  const [seen, done] = [annotationIn(task, 'seen'), annotationIn(task, 'done')]
  const due = task?.restriction?.period?.end
  const escalate = task?.input?.find(({ type }) => isConcept(type, 'escalate-at'))?.valueDateTime
  const step = task?.status === 'entered-in-error' ? 'retracted' : done ? 'done' : seen ? 'seen' : 'open'
  const isPast = (instant: string | undefined) =>
    instant !== undefined && (step === 'open' || step === 'seen') && Date.parse(instant) < Date.parse(now)
  return {
    step,
    ...(seen && { seen: actOf(seen) }),
    ...(done && { done: { ...actOf(done), what: done.text } }),
    ...(due !== undefined && { due }),
    isLate: isPast(due),
    isEscalated: isPast(escalate),
  }
}

const isConcept = ({ coding }: CodeableConcept, wanted: string): boolean =>
  coding?.some(({ system, code }) => system === TASK_SYSTEM && code === wanted) ?? false

const annotationIn = (task: Task | undefined, step: 'seen' | 'done'): Annotation | undefined =>
  task?.output?.find(({ type }) => isConcept(type, step))?.valueAnnotation

const actOf = ({ authorReference, time }: Annotation): Act => ({ who: authorReference ?? {}, when: time ?? '' })
