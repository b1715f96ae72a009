import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { AssessmentError } from '../errors.ts'
import { localInstant } from './clock.ts'
import type { Stage } from './stage.ts'
import type { WriteFailure } from './state.ts'

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
  const failed = async (step: WriteFailure['step'], error: unknown) => {
    const reason = reasonOf(error)
    const theirs = step === 'response' && reason === 'conflict' ? await newestOf(stage, screen.response) : undefined
    dispatch({ type: 'write-failed', failure: { step, reason, ...(theirs && { theirs }) } })
  }
  const response = await storedResponse(stage, screen).catch((error) => failed('response', error))
  if (!response) return
  const receipt = await resultsOf(stage, screen, response).catch((error) => failed('results', error))
  if (receipt) dispatch({ type: 'went', to: { name: 'receipt', receipt, response } })
}

/** What another has made of the same response meanwhile; nothing when it cannot be read now. */
async function newestOf({ clinic }: Stage, { id }: QuestionnaireResponse): Promise<QuestionnaireResponse | undefined> {
  if (id === undefined) return undefined
  const held = await clinic.readResource(`QuestionnaireResponse/${id}`).catch(() => undefined)
  return held?.resourceType === 'QuestionnaireResponse' ? held : undefined
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

export const reasonOf = (error: unknown): WriteFailure['reason'] =>
  error instanceof AssessmentError ? (REASONS[error.code] ?? 'other') : 'other'
