import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { AssessmentError } from '../errors.ts'
import { authoredOn, localInstant } from './clock.ts'
import { responseOf } from './form/form.ts'
import type { Stage } from './stage.ts'
import type { WriteFailure } from './state.ts'

const FINISHED = ['completed', 'amended']

/** Saves the answers so far as an unfinished form; a finished one is never turned back, and one without an answer is not begun. */
export async function saveDraft({ clinic, state, dispatch, now }: Stage): Promise<void> {
  const { form, answeredOn } = state()
  if (form === undefined || FINISHED.includes(form.base.status)) return
  if (form.base.id === undefined && Object.keys(form.answers).length === 0) return
  const response = await clinic.save(responseOf(form, 'in-progress', authoredOn(answeredOn, now())))
  dispatch({ type: 'response-stored', response })
}

/** The result of a response before anything of it is written, made here by the same code that will write it. */
export function showReview({ knowledge, state, dispatch }: Stage, response: QuestionnaireResponse, stored: boolean): void {
  const { record } = state().chart ?? {}
  const result = assess(knowledge, response, [...(record?.history ?? []), ...(record?.assessments ?? [])])
  dispatch({ type: 'went', to: { name: 'review', response, result, stored, busy: false } })
}

/** Saves the reviewed response, then writes its results. What was done before a failure is not done again. */
export async function writeReviewed(stage: Stage): Promise<void> {
  const { state, dispatch } = stage
  const { screen } = state()
  if (screen.name !== 'review' || screen.busy) return
  dispatch({ type: 'writing' })
  const failed = (step: WriteFailure['step']) => (error: unknown) =>
    dispatch({ type: 'write-failed', failure: { step, reason: reasonOf(error) } })
  const response = await storedResponse(stage, screen).catch(failed('response'))
  if (!response) return
  const receipt = await resultsOf(stage, screen, response).catch(failed('results'))
  if (receipt) dispatch({ type: 'went', to: { name: 'receipt', receipt, response } })
}

type Review = Extract<ReturnType<Stage['state']>['screen'], { name: 'review' }>

async function storedResponse({ clinic, dispatch }: Stage, { response, stored }: Review): Promise<QuestionnaireResponse> {
  if (stored) return response
  const saved = await clinic.save(response)
  dispatch({ type: 'response-stored', response: saved })
  return saved
}

/** Where the hospital's service writes results, nothing is written here. */
async function resultsOf({ clinic, knowledge, session, now }: Stage, { result }: Review, response: QuestionnaireResponse) {
  if (knowledge.site.writer === 'service') return { result, written: [], duplicates: [] }
  return await clinic.write(response, { recorded: localInstant(now()), ...(session.user && { onBehalfOf: session.user }) })
}

const REASONS: Partial<Record<AssessmentError['code'], WriteFailure['reason']>> = {
  transient: 'no-network',
  conflict: 'conflict',
  login: 'expired',
  expired: 'expired',
  forbidden: 'forbidden',
}

const reasonOf = (error: unknown): WriteFailure['reason'] => (error instanceof AssessmentError ? (REASONS[error.code] ?? 'other') : 'other')
