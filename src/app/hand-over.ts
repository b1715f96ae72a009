import type { Reference } from 'fhir/r4.js'
import { BASE, type Instrument, type Language } from '../instrument/instrument.ts'
import { localInstant } from './clock.ts'
import { type Form, type Mode, responseOf, resumeForm, startForm } from './form/form.ts'
import { type HandedOver, returnCode } from './hand-over-lock.ts'
import { readChart, type Stage } from './stage.ts'
import { firstOpenPage } from './state.ts'
import { showReview } from './writing.ts'

/** What is given, to whom and how. */
export interface Choice {
  readonly instrument: Instrument
  readonly language: Language
  readonly mode: Mode
  readonly infant?: Reference | undefined
}

const RESPONSE_SYSTEM = `${BASE}/sid/response`

/** Opens an empty form: on paper at once; in her hands behind a lock whose code only staff have seen. A mother who came alone needs none. */
export function giveForm(stage: Stage, choice: Choice): void {
  const { session, lock, dispatch } = stage
  const uuid = crypto.randomUUID()
  const form = emptyForm(stage, choice, uuid)
  if (choice.mode === 'paper') return dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
  if (!session.isClinician) return dispatch({ type: 'form-opened', form, to: { name: 'hand-over', page: -1 } })
  const { instrument, language, infant } = choice
  const code = returnCode()
  const about = infant?.reference
  const named = { patientId: session.patientId, instrument: instrument.id, ...(about !== undefined && { infant: about }) }
  lock.set({ uuid, code, language, ...named })
  dispatch({ type: 'form-opened', form, to: { name: 'handing' }, returnCode: code })
}

function emptyForm({ session, now }: Stage, choice: Choice, uuid: string): Form {
  const { patientId, encounterId, user: author } = session
  return startForm({ ...choice, uuid, patientId, authored: localInstant(now()), encounterId, author })
}

/** After a reload in her hands: her form where she left it, or, if nothing was saved yet, from its beginning. */
export async function resumeHandedOver(stage: Stage, { uuid, code, language, infant, ...named }: HandedOver): Promise<void> {
  const { clinic, knowledge, dispatch } = stage
  const instrument = knowledge.instruments.find(({ id }) => id === named.instrument)
  if (instrument === undefined) return stage.lock.clear()
  const stored = await clinic.findResponse(`${RESPONSE_SYSTEM}|${uuid}`)
  const about = infant === undefined ? undefined : { reference: infant }
  const form =
    (stored && resumeForm(knowledge.instruments, stored, 'hand-over')) ??
    emptyForm(stage, { instrument, language, mode: 'hand-over', infant: about }, uuid)
  const isDone = stored !== undefined && stored.status !== 'in-progress'
  const page = stored === undefined ? -1 : firstOpenPage(form)
  dispatch({ type: 'form-opened', form, to: isDone ? { name: 'thanks', notSaved: false } : { name: 'hand-over', page }, returnCode: code })
}

/** Sends a mother's answers as completed and thanks her, whatever they are and whether or not they could be sent. */
export async function finishForm({ clinic, state, dispatch, now }: Stage): Promise<void> {
  const { form } = state()
  if (form === undefined) return
  const notSaved = await clinic.save(responseOf(form, 'completed', localInstant(now()))).then(
    (response) => {
      dispatch({ type: 'response-stored', response })
      return false
    },
    () => true,
  )
  dispatch({ type: 'went', to: { name: 'thanks', notSaved } })
}

/** Back in staff's hands: her record is read first, so that answers which could not be sent stay here until it can be. */
export async function takeBack(stage: Stage, code: string): Promise<void> {
  const { state, dispatch, lock, now } = stage
  const { screen, form, returnCode: expected } = state()
  if (screen.name !== 'thanks' || form === undefined) return
  if (code.trim() !== expected) return dispatch({ type: 'went', to: { ...screen, problem: 'wrong-code' } })
  const { status, authored } = form.base
  const response = responseOf(form, 'completed', status === 'completed' && authored !== undefined ? authored : localInstant(now()))
  try {
    await readChart(stage)
  } catch {
    return dispatch({ type: 'went', to: { ...screen, problem: 'no-record' } })
  }
  lock.clear()
  showReview(stage, response, !screen.notSaved)
}
