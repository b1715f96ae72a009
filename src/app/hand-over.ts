import type { Reference } from 'fhir/r4.js'
import type { Circumstance } from '../fhir/response-extensions.ts'
import { BASE, type Instrument } from '../instrument/instrument.ts'
import { localInstant } from './clock.ts'
import { type Form, type Mode, responseOf, resumeForm, startForm } from './form/form.ts'
import { type HandedOver, problemWith, returnCode } from './hand-over-lock.ts'
import type { Answered, Layout, Planned, Sitting } from './sitting.ts'
import { readChart, type Stage } from './stage.ts'
import { firstOpenPage } from './state.ts'
import { showReview } from './writing.ts'

/** What is given, in this order, and how. A form about infants is given once for each of them. */
export interface Choice {
  readonly forms: readonly { readonly instrument: Instrument; readonly infant?: Reference | undefined }[]
  readonly language: string
  readonly mode: Mode
  readonly layout?: Layout
}

const RESPONSE_SYSTEM = `${BASE}/sid/response`

/** Opens the first form: on paper at once; in her hands behind a lock whose code only staff have seen. A mother who came alone needs none. */
export function giveForms(stage: Stage, { forms, language, mode, layout = 'paged' }: Choice): void {
  const { session, dispatch } = stage
  const [first, ...rest] = forms.map(
    ({ instrument, infant }): Planned => ({ uuid: crypto.randomUUID(), instrument: instrument.id, ...(infant && { infant }) }),
  )
  if (first === undefined) return
  dispatch({ type: 'sitting-begun', sitting: { mode, language, layout, circumstances: [], rest, answered: [] } })
  const form = emptyForm(stage, first)
  if (form === undefined) return
  if (mode === 'paper') return dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
  if (!session.isClinician) return dispatch({ type: 'form-opened', form, to: { name: 'hand-over', page: -1 } })
  const code = returnCode()
  lockAll(stage, code, first)
  dispatch({ type: 'form-opened', form, to: { name: 'handing' }, returnCode: code })
}

/** Who is with her is written down as the device leaves staff's hands. */
export function handOver(stage: Stage, circumstances: readonly Circumstance[]): void {
  const { lock, state, dispatch } = stage
  dispatch({ type: 'circumstances-given', circumstances })
  const handedOver = lock.read()
  if (handedOver !== undefined) lock.set({ ...handedOver, circumstances })
  const { form } = state()
  const isBegun = form !== undefined && Object.keys(form.answers).length > 0
  dispatch({ type: 'went', to: { name: 'hand-over', page: isBegun ? firstOpenPage(form) : -1 } })
}

/** Staff give a form that was put aside back to her: by their code, which is thereby spent, with a new one, and after asking who she is again. */
export function giveBack({ lock, state, dispatch }: Stage, code: string): void {
  const { form } = state()
  const handedOver = lock.read()
  const problem = problemWith(lock, code)
  if (problem !== undefined || form === undefined || handedOver === undefined)
    return dispatch({ type: 'went', to: { name: 'paused', problem: problem ?? 'no-record' } })
  const { wrong: _before, ...rest } = handedOver
  const next = returnCode()
  lock.set({ ...rest, code: next })
  dispatch({ type: 'form-opened', form, to: { name: 'handing' }, returnCode: next })
}

function lockAll({ session: { patientId }, lock, state }: Stage, code: string, first: Planned): void {
  const { language, layout, circumstances, rest } = state().sitting!
  const forms = [first, ...rest].map(({ uuid, instrument, infant }) => ({
    uuid,
    instrument,
    ...(infant?.reference !== undefined && { infant: infant.reference }),
  }))
  lock.set({ patientId, language, layout, circumstances, forms, code })
}

/** An empty form of the sitting; nothing when its instrument is not installed any more. */
function emptyForm({ session, knowledge, now, state }: Stage, { uuid, instrument: id, infant }: Planned): Form | undefined {
  const { patientId, encounterId, user: author } = session
  const { language, mode, circumstances } = state().sitting!
  const instrument = knowledge.instruments.findLast((one) => one.id === id)
  if (instrument === undefined) return undefined
  return startForm({
    instrument,
    language,
    mode,
    uuid,
    patientId,
    authored: localInstant(now()),
    encounterId,
    author,
    infant,
    circumstances,
  })
}

/** Opens the form whose turn it is; false when none is left. */
export function openNext(stage: Stage): boolean {
  const { state, dispatch } = stage
  const { sitting } = state()
  const [next, ...rest] = sitting?.rest ?? []
  if (sitting === undefined || next === undefined) return false
  dispatch({ type: 'sitting-begun', sitting: { ...sitting, rest } })
  const form = emptyForm(stage, next)
  if (form === undefined) return openNext(stage)
  dispatch({ type: 'form-opened', form, to: sitting.mode === 'paper' ? { name: 'paper' } : { name: 'hand-over', page: -1 } })
  return true
}

/** After a reload in her hands: her form, put aside until staff give it back to her; one without an answer goes on from its beginning. */
export async function resumeHandedOver(stage: Stage, handedOver: HandedOver): Promise<void> {
  const { clinic, knowledge, dispatch } = stage
  const { language, layout, circumstances, code } = handedOver
  const forms = handedOver.forms.map(({ infant, ...form }) => ({ ...form, ...(infant !== undefined && { infant: { reference: infant } }) }))
  const sitting: Sitting = { mode: 'hand-over', language, layout, circumstances, rest: [], answered: [] }
  const answered: Answered[] = []
  for (const [place, planned] of forms.entries()) {
    const stored = await clinic.findResponse(`${RESPONSE_SYSTEM}|${planned.uuid}`)
    if (stored !== undefined && stored.status !== 'in-progress') {
      answered.push({ response: stored, stored: true })
      continue
    }
    dispatch({ type: 'sitting-begun', sitting: { ...sitting, answered, rest: forms.slice(place + 1) } })
    const form = (stored && resumeForm(knowledge, stored, 'hand-over')) ?? emptyForm(stage, planned)
    if (form === undefined) continue
    const isBegun = Object.keys(form.answers).length > 0
    return dispatch({ type: 'form-opened', form, to: isBegun ? { name: 'paused' } : { name: 'hand-over', page: -1 }, returnCode: code })
  }
  dispatch({ type: 'sitting-begun', sitting: { ...sitting, answered } })
  dispatch({ type: 'handed-back', returnCode: code })
}

/** Sends a mother's answers as completed; the next form follows, and after the last one she is thanked, whatever was answered or sent. */
export async function finishForm(stage: Stage): Promise<void> {
  const { state, dispatch, now } = stage
  const { form, screen } = state()
  if (form !== undefined && screen.name !== 'thanks') {
    dispatch({ type: 'form-answered', response: responseOf(form, 'completed', localInstant(now())) })
  }
  const notSaved = !(await storeAnswered(stage))
  if (!openNext(stage)) dispatch({ type: 'went', to: { name: 'thanks', notSaved } })
}

/** Sends what was answered and could not be sent before; false while something still could not. */
export async function storeAnswered({ clinic, state, dispatch }: Stage): Promise<boolean> {
  const waiting = (state().sitting?.answered ?? []).filter(({ stored }) => !stored)
  for (const { response } of waiting) {
    try {
      dispatch({ type: 'answered-stored', response: await clinic.save(response) })
    } catch {
      return false
    }
  }
  return true
}

/** Back in staff's hands: her record is read first, so that answers which could not be sent stay here until it can be. */
export async function takeBack(stage: Stage, code: string): Promise<void> {
  const { state, dispatch, lock } = stage
  const { screen } = state()
  if (screen.name !== 'thanks') return
  const problem = problemWith(lock, code)
  if (problem !== undefined) return dispatch({ type: 'went', to: { ...screen, problem } })
  try {
    await readChart(stage)
  } catch {
    return dispatch({ type: 'went', to: { ...screen, problem: 'no-record' } })
  }
  lock.clear()
  reviewNext(stage)
}

/** Shows the result of the next answered form; false when all have been seen. */
export function reviewNext(stage: Stage): boolean {
  const [answered] = stage.state().sitting?.answered ?? []
  if (answered === undefined) return false
  stage.dispatch({ type: 'answered-taken', answered })
  showReview(stage, answered.response, answered.stored)
  return true
}
