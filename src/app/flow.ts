import type { QuestionnaireResponse } from 'fhir/r4.js'
import { type Circumstance, retracted } from '../fhir/response-extensions.ts'
import { acknowledge, type Step } from './acknowledging.ts'
import { authoredOn } from './clock.ts'
import { draftOf, putAside, saveDraft, savedOf, settleConflict } from './draft.ts'
import { createDraftSaver, isSafe } from './form/draft-saver.ts'
import { type Answer, amendmentOf, isAmending, responseOf } from './form/form.ts'
import { type Choice, finishForm, giveBack, giveForms, handOver, openNext, reviewNext, storeAnswered, takeBack } from './hand-over.ts'
import { problemWith } from './hand-over-lock.ts'
import type { Opening } from './launch/launch-context.ts'
import { openFor, openOnPaper } from './opening.ts'
import { guarded, type Stage } from './stage.ts'
import type { Screen, Sheet } from './state.ts'
import { showReview, writeReviewed } from './writing.ts'

/** Everything a person can do after the launch. None of it throws: what fails is shown. */
export interface Flow {
  /** Her chart, or what the EHR asked for; for anyone who is no clinician, and while a form is handed over, what these may see instead. */
  readonly open: (asked?: Opening) => Promise<void>
  /** To the choice of questionnaires, these chosen already. */
  readonly choose: (instruments?: readonly string[]) => void
  readonly give: (choice: Choice) => void
  /** The device leaves staff's hands; who is with her is recorded. */
  readonly handOver: (circumstances: readonly Circumstance[]) => void
  /** After a receipt: the next result to see, else the next form to fill in, else her chart. */
  readonly next: () => Promise<void>
  /** At once nothing of the form is to be seen; `turnTo` brings it back. */
  readonly hide: () => void
  readonly resume: (response: QuestionnaireResponse) => void
  readonly answer: (linkId: string, answer: Answer | undefined) => void
  /** The day on the paper. */
  readonly dateForm: (day: string) => void
  readonly turnTo: (page: number) => void
  /** A mother has come to the end: her answers are sent, and she is thanked whatever they are. */
  readonly finish: () => Promise<void>
  /** Staff take the device back: at the end to the result, before it to the chart, where the form stands as unfinished. */
  readonly takeBack: (code: string) => Promise<void>
  /** Leaves a form, its answers saved as unfinished; stays where answers would be lost. */
  readonly leave: () => Promise<void>
  /** Leaves a form that cannot be saved: a person's decision, made in words. */
  readonly abandon: () => Promise<void>
  /** Nobody looks at the page any more: what waits is sent, and a safety answer in an unfinished form speaks. */
  readonly rest: () => Promise<void>
  /** Nobody has touched the page for long: an unfinished form goes to the clinician as it is; in her hands it is put aside. */
  readonly idle: () => Promise<void>
  /** Two people answered the same items: these are taken from the other, the rest stands as it is here. */
  readonly settleConflict: (takeTheirs: readonly string[]) => Promise<void>
  /** Another has finished the form: theirs is looked at, the answers here are given up. */
  readonly openTheirs: () => void
  readonly review: () => Promise<void>
  readonly backToForm: () => void
  /** One response of hers with all that is known of it. */
  readonly openResponse: (response: QuestionnaireResponse) => void
  /** A finished form is opened again to correct its answers. */
  readonly amend: (response: QuestionnaireResponse) => void
  /** To the question why a response is to be taken back. */
  readonly askRetraction: (response: QuestionnaireResponse) => void
  /** Shows what taking back would write; nothing is written before it is confirmed. */
  readonly retract: (response: QuestionnaireResponse, reason: string) => void
  /** After a conflict: mine over theirs, as a person decided who has seen both. */
  readonly overwrite: () => Promise<void>
  /** One of the two steps that end a safety answer. */
  readonly acknowledge: (key: string, step: Step) => Promise<void>
  /** To a page made for paper. */
  readonly print: (sheet: Sheet) => void
  readonly reviewOf: (response: QuestionnaireResponse) => void
  /** Saves the response, then writes its results; after a failure the same again. */
  readonly write: () => Promise<void>
  /** A written resource as the server holds it, as text; nothing when it cannot be read now. */
  readonly resourceText: (reference: string) => Promise<string | undefined>
  /** A response in every version; nothing where the server does not show them. */
  readonly versionsOf: (response: QuestionnaireResponse) => Promise<readonly QuestionnaireResponse[] | undefined>
}

/** Where a form is being filled in: elsewhere it is finished by other means, or there is none. */
const FILLING: readonly Screen['name'][] = ['paper', 'hand-over', 'hidden']

export function createFlow(stage: Stage): Flow {
  const { clinic, lock, state, dispatch, now, quiet, again } = stage
  const tell: Parameters<typeof createDraftSaver>[0]['tell'] = (saved) => dispatch({ type: 'saving-told', saved })
  const saver = createDraftSaver({ save: () => saveDraft(stage), savedOf, tell, quiet, again })
  let finishing: Promise<void> | undefined
  const open = (asked?: Opening) => guarded(stage, () => openFor(stage, asked))

  const leave = async () => {
    await saver.settle()
    if (!isSafe(state().saved)) return
    await putAside(stage, false)
    if (!(await storeAnswered(stage))) return tell('failed')
    lock.clear()
    await open()
  }

  return {
    open,
    resourceText: async (reference) => {
      try {
        return JSON.stringify(await stage.clinic.readResource(reference), null, 2)
      } catch {
        return undefined
      }
    },
    versionsOf: ({ id = '' }) => stage.clinic.readVersions(id).catch(() => undefined),
    choose: (instruments) => dispatch({ type: 'went', to: { name: 'give', ...(instruments && { instruments }) } }),
    give: (choice) => giveForms(stage, choice),
    handOver: (circumstances) => handOver(stage, circumstances),
    next: async () => {
      if (!reviewNext(stage) && !openNext(stage)) await open()
    },
    hide: () => {
      const { screen } = state()
      if (screen.name === 'hand-over') dispatch({ type: 'went', to: { name: 'hidden', page: screen.page } })
    },
    resume: (response) => openOnPaper(stage, response),
    answer: (linkId, answer) => {
      dispatch({ type: 'answered', linkId, answer })
      const draft = draftOf(stage)
      if (draft === undefined) return
      clinic.keep(draft)
      saver.changed()
    },
    dateForm: (day) => dispatch({ type: 'day-given', day }),
    turnTo: (page) => dispatch({ type: 'went', to: { name: 'hand-over', page } }),
    finish: () => {
      const finish = async () => {
        await saver.drop()
        await finishForm(stage)
        finishing = undefined
      }
      finishing ??= finish()
      return finishing
    },
    takeBack: async (code) => {
      const { screen } = state()
      if (screen.name === 'paused') return giveBack(stage, code)
      if (screen.name !== 'hand-over') return await takeBack(stage, code)
      const problem = problemWith(lock, code)
      if (problem !== undefined) return dispatch({ type: 'went', to: { ...screen, problem } })
      await leave()
    },
    leave,
    abandon: async () => {
      await saver.drop()
      const draft = draftOf(stage)
      if (draft !== undefined) clinic.forget(draft)
      lock.clear()
      await open()
    },
    rest: async () => {
      if (!FILLING.includes(state().screen.name)) return
      await saver.settle()
      await putAside(stage, false)
    },
    idle: async () => {
      if (!FILLING.includes(state().screen.name)) return
      await saver.settle()
      await putAside(stage, true)
      if (lock.read() !== undefined && ['hand-over', 'hidden'].includes(state().screen.name))
        dispatch({ type: 'went', to: { name: 'paused' } })
    },
    settleConflict: async (takeTheirs) => {
      const { conflict } = state()
      if (conflict === undefined) return
      settleConflict(stage, conflict, takeTheirs)
      saver.changed()
      await saver.settle()
    },
    openTheirs: () => {
      const { conflict } = state()
      if (conflict === undefined) return
      clinic.forget(conflict.theirs)
      dispatch({ type: 'conflict-settled' })
      showReview(stage, conflict.theirs, true)
    },
    review: async () => {
      await saver.drop()
      const { form, answeredOn } = state()
      if (form === undefined) return
      const isFirst = !isAmending(form)
      showReview(
        stage,
        isFirst ? responseOf(form, 'completed', authoredOn(answeredOn, now())) : amendmentOf(form, stage.session.user),
        false,
      )
    },
    backToForm: () => dispatch({ type: 'went', to: { name: 'paper' } }),
    openResponse: (response) => dispatch({ type: 'went', to: { name: 'response', response } }),
    amend: (response) => openOnPaper(stage, response),
    askRetraction: (response) => dispatch({ type: 'went', to: { name: 'retract', response } }),
    retract: (response, reason) => {
      const author = stage.session.user
      showReview(stage, { ...retracted(response, reason), ...(author && { author }) }, false)
    },
    overwrite: async () => {
      const { screen } = state()
      const theirs = screen.name === 'review' ? screen.failure?.theirs : undefined
      if (screen.name !== 'review' || theirs?.meta === undefined) return
      dispatch({ type: 'went', to: { ...screen, response: { ...screen.response, meta: theirs.meta } } })
      await writeReviewed(stage)
    },
    acknowledge: (key, step) => acknowledge(stage, key, step),
    print: (sheet) => dispatch({ type: 'went', to: { name: 'print', sheet } }),
    reviewOf: (response) => showReview(stage, response, true),
    write: () => writeReviewed(stage),
  }
}
