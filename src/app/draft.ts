import type { QuestionnaireResponse } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { AssessmentError } from '../errors.ts'
import { authoredOn, localInstant } from './clock.ts'
import type { Saved } from './form/draft-saver.ts'
import { answersIn, type Form, isAmending, responseOf } from './form/form.ts'
import { DraftConflict } from './keeping-clinic.ts'
import type { Stage } from './stage.ts'
import type { Conflict } from './state.ts'

/** The form as it stands, as an unfinished response; nothing for a finished one, which is never turned back, and for one without an answer. */
export function draftOf({ state, now }: Stage): QuestionnaireResponse | undefined {
  const { form, answeredOn } = state()
  if (form === undefined || isAmending(form)) return undefined
  if (form.base.id === undefined && Object.keys(form.answers).length === 0) return undefined
  return responseOf(form, 'in-progress', authoredOn(answeredOn, now()))
}

/**
 * Saves the answers so far as an unfinished form. What another has answered meanwhile joins them. Where both answered the same item differently
 * a clinician is asked; in a mother's hands what she answers now stands, and the server's history has the other.
 */
export async function saveDraft(stage: Stage): Promise<void> {
  const { clinic, state, dispatch } = stage
  const draft = draftOf(stage)
  const { form } = state()
  if (draft === undefined || form === undefined) return
  try {
    const response = await clinic.save(draft)
    dispatch({ type: 'response-stored', response })
    dispatch({ type: 'answers-joined', sent: form.answers, stored: answersIn(form.instrument, response) })
  } catch (error) {
    if (!(error instanceof DraftConflict)) throw error
    const conflict = conflictOf(error, form)
    const isHers = form.mode === 'hand-over' && error.theirs.status === 'in-progress'
    if (!isHers) dispatch({ type: 'conflict-met', conflict })
    if (!isHers) throw error
    settleConflict(stage, conflict, [])
    await saveDraft(stage)
  }
}

const conflictOf = ({ theirs, joined, disagreements }: DraftConflict, { answers }: Form): Conflict => ({
  theirs,
  joined,
  disagreements,
  sent: answers,
})

/** The form goes on from what the server holds, with the answers of this side but for the items named. */
export function settleConflict({ state, dispatch }: Stage, { theirs, joined, sent }: Conflict, takeTheirs: readonly string[]): void {
  const { form } = state()
  if (form === undefined) return
  const [ours, others] = [answersIn(form.instrument, joined), answersIn(form.instrument, theirs)]
  const chosen = Object.fromEntries(
    Object.entries({ ...others, ...ours }).map(([id, answer]) => [id, takeTheirs.includes(id) ? others[id] : answer]),
  )
  const stored = Object.fromEntries(Object.entries(chosen).filter(([, answer]) => answer !== undefined)) as typeof ours
  dispatch({ type: 'conflict-settled' })
  dispatch({ type: 'response-stored', response: theirs })
  dispatch({ type: 'answers-joined', sent, stored })
}

/**
 * An unfinished form that is left goes to the clinician as it is: its results are written as preliminary, so that a safety answer in it speaks
 * on the chart and to other systems. `always` false: only when a safety answer does. A mother's own login writes none; the chart, and the
 * hospital's service, read her form themselves. What fails here is not lost: the form itself is saved.
 */
export async function putAside(stage: Stage, always: boolean): Promise<void> {
  const { clinic, knowledge, session, state, now } = stage
  const { form } = state()
  const draft = draftOf(stage)
  const mayWrite = session.isClinician && session.mayWrite && knowledge.site.writer === 'app'
  if (!mayWrite || draft === undefined || form?.base.id === undefined) return
  if (!always && assess(knowledge, draft, []).risk.tier !== 'immediate') return
  await clinic.write(draft, { recorded: localInstant(now()), ...(session.user && { onBehalfOf: session.user }) }).catch(() => undefined)
}

const SAVED: Partial<Record<AssessmentError['code'], Saved>> = {
  login: 'expired',
  expired: 'expired',
  forbidden: 'kept',
  conflict: 'conflict',
}

/** What is said of answers that could not be saved. */
export const savedOf = (error: unknown): Saved => (error instanceof AssessmentError ? (SAVED[error.code] ?? 'failed') : 'failed')
