import type { QuestionnaireResponse, Reference } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { AssessmentError } from '../errors.ts'
import { BASE, type Instrument, type Language } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { chartOf } from './chart/chart.ts'
import type { Clinic } from './clinic.ts'
import { authoredOn, localInstant } from './clock.ts'
import { createDraftSaver } from './form/draft-saver.ts'
import { type Answer, type Mode, responseOf, resumeForm, startForm } from './form/form.ts'
import { type HandedOver, type Lock, returnCode } from './hand-over-lock.ts'
import { faultOf } from './launch/fault.ts'
import type { Session } from './launch/session.ts'
import { type Action, firstOpenPage, type State, type WriteFailure } from './state.ts'

/** What the flow acts upon; all of it comes in, so that it runs in a test. */
export interface Stage {
  readonly session: Session
  readonly knowledge: Knowledge
  readonly clinic: Clinic
  readonly lock: Lock
  readonly state: () => State
  readonly dispatch: (action: Action) => void
  readonly now: () => Date
  /** Milliseconds of quiet before answers are sent to the server. */
  readonly quiet: number
}

/** What is given, to whom and how. */
export interface Choice {
  readonly instrument: Instrument
  readonly language: Language
  readonly mode: Mode
  readonly infant?: Reference | undefined
}

/** Everything a person can do after the launch. None of it throws: what fails is shown. */
export interface Flow {
  /** Her chart; for anyone who is no clinician, and while a form is handed over, what these may see instead. */
  readonly open: () => Promise<void>
  /** To the choice of a questionnaire. */
  readonly choose: () => void
  readonly give: (choice: Choice) => void
  readonly resume: (response: QuestionnaireResponse) => void
  readonly answer: (linkId: string, answer: Answer | undefined) => void
  /** The day on the paper. */
  readonly dateForm: (day: string) => void
  readonly turnTo: (page: number) => void
  /** A mother has come to the end: her answers are sent, and she is thanked whatever they are. */
  readonly finish: () => Promise<void>
  /** Staff take the device back. */
  readonly takeBack: (code: string) => Promise<void>
  /** Leaves a form; its answers stay on the server as unfinished. */
  readonly leave: () => Promise<void>
  readonly review: () => Promise<void>
  readonly backToForm: () => void
  readonly reviewOf: (response: QuestionnaireResponse) => void
  /** Saves the response, then writes its results; after a failure the same again. */
  readonly write: () => Promise<void>
}

const RESPONSE_SYSTEM = `${BASE}/sid/response`

export function createFlow(stage: Stage): Flow {
  const { session, knowledge, clinic, lock, state, dispatch, now } = stage
  const saver = createDraftSaver({
    save: () => saveDraft(stage),
    tell: (saved) => dispatch({ type: 'saving-told', saved }),
    quiet: stage.quiet,
  })

  const flow: Flow = {
    open: () =>
      guarded(stage, async () => {
        const handedOver = lock.read()
        if (session.isClinician && handedOver === undefined) return await openChart(stage)
        dispatch({ type: 'person-read', person: await clinic.readPerson() })
        if (handedOver === undefined) return dispatch({ type: 'went', to: { name: 'give' } })
        await resumeHandedOver(stage, handedOver)
      }),
    choose: () => dispatch({ type: 'went', to: { name: 'give' } }),
    give: (choice) => giveForm(stage, choice),
    resume: (response) => {
      const form = resumeForm(knowledge.instruments, response, 'paper')
      if (form !== undefined) dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
    },
    answer: (linkId, answer) => {
      dispatch({ type: 'answered', linkId, answer })
      saver.changed()
    },
    dateForm: (day) => dispatch({ type: 'day-given', day }),
    turnTo: (page) => dispatch({ type: 'went', to: { name: 'hand-over', page } }),
    finish: async () => {
      await saver.drop()
      const { form } = state()
      if (form === undefined) return
      const notSaved = await clinic.save(responseOf(form, 'completed', localInstant(now()))).then(
        (response) => {
          dispatch({ type: 'response-stored', response })
          return false
        },
        () => true,
      )
      dispatch({ type: 'went', to: { name: 'thanks', wrongCode: false, notSaved } })
    },
    takeBack: async (code) => {
      const { screen, form, returnCode: expected } = state()
      if (screen.name !== 'thanks' || form === undefined) return
      if (code.trim() !== expected) return dispatch({ type: 'went', to: { ...screen, wrongCode: true } })
      lock.clear()
      const answered = form.base.status === 'completed' ? (form.base.authored ?? localInstant(now())) : localInstant(now())
      const response = responseOf(form, 'completed', answered)
      await guarded(stage, async () => {
        await openChart(stage)
        showReview(stage, response, !screen.notSaved)
      })
    },
    leave: async () => {
      await saver.settle()
      lock.clear()
      await flow.open()
    },
    review: async () => {
      await saver.drop()
      const { form, answeredOn } = state()
      if (form !== undefined) showReview(stage, responseOf(form, 'completed', authoredOn(answeredOn, now())), false)
    },
    backToForm: () => dispatch({ type: 'went', to: { name: 'paper' } }),
    reviewOf: (response) => showReview(stage, response, true),
    write: () => writeReviewed(stage),
  }
  return flow
}

/** What goes wrong while the chart is read ends on a page that says so. */
async function guarded({ dispatch }: Stage, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    dispatch({ type: 'went', to: { name: 'fault', fault: faultOf(error) } })
  }
}

async function openChart({ clinic, knowledge, dispatch, now }: Stage): Promise<void> {
  dispatch({ type: 'went', to: { name: 'starting' } })
  dispatch({ type: 'chart-read', chart: chartOf(knowledge, await clinic.readRecord(), localInstant(now())) })
  dispatch({ type: 'went', to: { name: 'chart' } })
}

function giveForm({ session, lock, dispatch, now }: Stage, { instrument, language, mode, infant }: Choice): void {
  const uuid = crypto.randomUUID()
  const { patientId, encounterId, user: author } = session
  const form = startForm({ instrument, language, mode, uuid, patientId, authored: localInstant(now()), encounterId, author, infant })
  if (mode === 'paper') return dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
  if (!session.isClinician) return dispatch({ type: 'form-opened', form, to: { name: 'hand-over', page: -1 } })
  const code = returnCode()
  const about = infant?.reference
  lock.set({ uuid, code, instrument: instrument.id, language, ...(about !== undefined && { infant: about }) })
  dispatch({ type: 'language-chosen', language })
  dispatch({ type: 'form-opened', form, to: { name: 'handing' }, returnCode: code })
}

/** After a reload in her hands: her form where she left it, or, if nothing was saved yet, from its beginning. */
async function resumeHandedOver({ clinic, knowledge, session, dispatch, now, lock }: Stage, handedOver: HandedOver): Promise<void> {
  const { uuid, code, language, infant } = handedOver
  const instrument = knowledge.instruments.find(({ id }) => id === handedOver.instrument)
  if (instrument === undefined) return lock.clear()
  const stored = await clinic.findResponse(`${RESPONSE_SYSTEM}|${uuid}`)
  const { patientId, encounterId } = session
  const about = infant === undefined ? undefined : { reference: infant }
  const fresh = {
    instrument,
    language,
    mode: 'hand-over',
    uuid,
    patientId,
    authored: localInstant(now()),
    encounterId,
    infant: about,
  } as const
  const form = (stored && resumeForm(knowledge.instruments, stored, 'hand-over')) ?? startForm(fresh)
  const page = stored === undefined ? -1 : firstOpenPage(form)
  const isDone = stored !== undefined && stored.status !== 'in-progress'
  dispatch({ type: 'language-chosen', language })
  dispatch({
    type: 'form-opened',
    form,
    to: isDone ? { name: 'thanks', wrongCode: false, notSaved: false } : { name: 'hand-over', page },
    returnCode: code,
  })
}

async function saveDraft({ clinic, state, dispatch, now }: Stage): Promise<void> {
  const { form, answeredOn } = state()
  if (form === undefined) return
  const response = await clinic.save(responseOf(form, 'in-progress', authoredOn(answeredOn, now())))
  dispatch({ type: 'response-stored', response })
}

function showReview({ knowledge, state, dispatch }: Stage, response: QuestionnaireResponse, stored: boolean): void {
  const { record } = state().chart ?? {}
  const result = assess(knowledge, response, [...(record?.history ?? []), ...(record?.assessments ?? [])])
  dispatch({ type: 'went', to: { name: 'review', response, result, stored, busy: false } })
}

async function writeReviewed(stage: Stage): Promise<void> {
  const { clinic, session, state, dispatch, now } = stage
  const { screen } = state()
  if (screen.name !== 'review' || screen.busy) return
  dispatch({ type: 'writing' })
  let { response } = screen
  try {
    if (!screen.stored) {
      response = await clinic.save(response)
      dispatch({ type: 'response-stored', response })
    }
  } catch (error) {
    return dispatch({ type: 'write-failed', failure: { step: 'response', reason: reasonOf(error) } })
  }
  if (stage.knowledge.site.writer === 'service') {
    return dispatch({ type: 'went', to: { name: 'receipt', receipt: { result: screen.result, written: [], duplicates: [] }, response } })
  }
  try {
    const receipt = await clinic.write(response, { recorded: localInstant(now()), ...(session.user && { onBehalfOf: session.user }) })
    dispatch({ type: 'went', to: { name: 'receipt', receipt, response } })
  } catch (error) {
    dispatch({ type: 'write-failed', failure: { step: 'results', reason: reasonOf(error) } })
  }
}

const REASONS: Partial<Record<AssessmentError['code'], WriteFailure['reason']>> = {
  transient: 'no-network',
  conflict: 'conflict',
  login: 'expired',
  expired: 'expired',
  forbidden: 'forbidden',
}

const reasonOf = (error: unknown): WriteFailure['reason'] => (error instanceof AssessmentError ? (REASONS[error.code] ?? 'other') : 'other')
