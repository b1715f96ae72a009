import type { Reference, Task } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { acknowledgeDone, acknowledgementOf, acknowledgeSeen, buildAcknowledgement } from '../fhir/acknowledgement.ts'
import { type Alert, alertsOf } from './chart/alert.ts'
import { localInstant } from './clock.ts'
import { readChart, type Stage } from './stage.ts'
import { reasonOf } from './writing.ts'

/** One of the two steps: that somebody has seen a safety answer, or what was done about it. */
export type Step = { readonly kind: 'seen' } | { readonly kind: 'done'; readonly what: string }

/**
 * Writes one step of an acknowledgement and reads the chart again. Where another has written meanwhile, the newest is read and the step taken on it: who
 * saw it first stays so. A step that cannot be written ends on a page that is left by writing it, or by saying that it stands on paper.
 */
export async function acknowledge(stage: Stage, key: string, step: Step): Promise<void> {
  const { dispatch, session, clinic, now } = stage
  if (session.user === undefined || !session.isClinician) return
  const act = { who: session.user, when: localInstant(now()) }
  try {
    try {
      await clinic.saveTask(stepped(taskOf(stage, key, act.when), step, act))
    } catch (error) {
      if (!(error instanceof AssessmentError) || error.code !== 'conflict') throw error
      await readChart(stage)
      await clinic.saveTask(stepped(taskOf(stage, key, act.when), step, act))
    }
    await readChart(stage)
    dispatch({ type: 'went', to: { name: 'chart' } })
  } catch (error) {
    dispatch({ type: 'went', to: { name: 'not-acknowledged', key, step, reason: reasonOf(error) } })
  }
}

const stepped = (task: Task, step: Step, act: { readonly who: Reference; readonly when: string }): Task =>
  step.kind === 'seen' ? acknowledgeSeen(task, act) : acknowledgeDone(task, { ...act, what: step.what })

/** The Task that the server holds, else a new one: of the RiskAssessment, or of the response while nothing else is written. */
function taskOf({ knowledge, state }: Stage, key: string, recorded: string): Task {
  const { chart, language } = state()
  const alert = chart && alertsOf(knowledge, chart, language).find((one) => one.key === key)
  if (alert?.task !== undefined) return alert.task
  if (alert?.assessment !== undefined) return acknowledgementOf(knowledge, alert.assessment, recorded)
  return buildAcknowledgement(knowledge, aboutOf(alert), recorded)
}

function aboutOf(alert: Alert | undefined): Parameters<typeof buildAcknowledgement>[1] {
  const { response, resultPrefix, verdicts } = alert ?? {}
  if (response?.subject === undefined || resultPrefix === undefined)
    throw new AssessmentError('not-found', 'The safety answer is not on the chart')
  const rules = (verdicts ?? []).map(({ id }) => id)
  const { subject, encounter } = response
  return { resultPrefix, subject, focus: { reference: `QuestionnaireResponse/${response.id}` }, rules, ...(encounter && { encounter }) }
}
