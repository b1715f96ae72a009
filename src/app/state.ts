import type { QuestionnaireResponse } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import type { Abilities } from '../ehr/abilities.ts'
import type { Circumstance } from '../fhir/response-extensions.ts'
import type { Language } from '../instrument/instrument.ts'
import type { Result } from '../risk/assessment.ts'
import type { Receipt } from '../write-back/write-back.ts'
import type { Step } from './acknowledging.ts'
import type { Chart } from './chart/chart.ts'
import type { Saved } from './form/draft-saver.ts'
import { type Answer, type Form, inCircumstances, unansweredOf } from './form/form.ts'
import type { Disagreement } from './form/merge-items.ts'
import type { Family } from './form/offers.ts'
import type { Fault } from './launch/fault.ts'
import type { Session } from './launch/session.ts'
import { type Answered, type Sitting, withStored } from './sitting.ts'

/** What is printed: the chart for the record, a page for her without scores, or one safety answer. */
export type Sheet = { readonly kind: 'chart' | 'mother' } | { readonly kind: 'alert'; readonly key: string }

/** Which step of writing failed and why: what is safe and what to do next depend on both. */
export interface WriteFailure {
  readonly step: 'response' | 'results'
  readonly reason: 'no-network' | 'conflict' | 'expired' | 'forbidden' | 'other'
  /** After a conflict: the response as another has left it. */
  readonly theirs?: QuestionnaireResponse
}

/** Why staff did not get the chart back. */
export type ReturnProblem = 'wrong-code' | 'too-many' | 'no-record'

/** Another has answered the same items differently, or finished the form, while it was filled in here. */
export interface Conflict {
  /** What the server holds. */
  readonly theirs: QuestionnaireResponse
  /** Both together, with the answers from here where they disagree. */
  readonly joined: QuestionnaireResponse
  readonly disagreements: readonly Disagreement[]
  /** The answers here when it was noticed. */
  readonly sent: Form['answers']
}

export type Screen =
  | { readonly name: 'starting' | 'start' | 'chart' | 'paper' | 'handing' }
  /** `instruments`: what the EHR asked for or what is due, by their ids; `unknown`: what it asked for and nobody here knows. */
  | { readonly name: 'give'; readonly instruments?: readonly string[]; readonly unknown?: string }
  /** One response of hers, opened from the chart. */
  | { readonly name: 'response' | 'retract'; readonly response: QuestionnaireResponse }
  /** A step of an acknowledgement that could not be written. */
  | { readonly name: 'not-acknowledged'; readonly key: string; readonly step: Step; readonly reason: WriteFailure['reason'] }
  | { readonly name: 'print'; readonly sheet: Sheet }
  /** `detail` is for the IT team: an address or a status. */
  | { readonly name: 'fault'; readonly fault: Fault; readonly detail?: string }
  /** `page` -1 is the one before the first question. */
  | { readonly name: 'hand-over'; readonly page: number; readonly problem?: ReturnProblem }
  /** Her form put aside: goes on when staff give it back to her. */
  | { readonly name: 'paused'; readonly problem?: ReturnProblem }
  /** Nothing of the form to be seen, until she goes on. */
  | { readonly name: 'hidden'; readonly page: number }
  | { readonly name: 'thanks'; readonly notSaved: boolean; readonly problem?: ReturnProblem }
  | {
      readonly name: 'review'
      readonly response: QuestionnaireResponse
      readonly result: Result
      /** Whether the server already holds the response as it stands here. */
      readonly stored: boolean
      readonly busy: boolean
      readonly failure?: WriteFailure
    }
  | { readonly name: 'receipt'; readonly receipt: Receipt; readonly response: QuestionnaireResponse }

export interface State {
  readonly language: Language
  readonly screen: Screen
  readonly session?: Session
  readonly person?: Family
  readonly chart?: Chart
  /** What the server says that it takes; absent while it has not said anything. */
  readonly abilities?: Abilities
  readonly form?: Form
  readonly conflict?: Conflict
  readonly sitting?: Sitting
  /** The day on which a paper was filled in. */
  readonly answeredOn?: string
  readonly saved: Saved
  /** What staff type to get the chart back; absent while nothing is handed over. */
  readonly returnCode?: string
}

export type Action =
  | { readonly type: 'language-chosen'; readonly language: Language }
  | { readonly type: 'session-opened'; readonly session: Session }
  | { readonly type: 'person-read'; readonly person: NonNullable<State['person']> }
  | { readonly type: 'chart-read'; readonly chart: Chart }
  | { readonly type: 'abilities-read'; readonly abilities: Abilities }
  | { readonly type: 'went'; readonly to: Screen }
  | { readonly type: 'form-opened'; readonly form: Form; readonly to: Screen; readonly returnCode?: string }
  | { readonly type: 'sitting-begun'; readonly sitting: Sitting }
  | { readonly type: 'circumstances-given'; readonly circumstances: readonly Circumstance[] }
  /** All forms were answered before a reload: nothing is left but to give the device back. */
  | { readonly type: 'handed-back'; readonly returnCode: string }
  /** The form at hand is answered to its end. */
  | { readonly type: 'form-answered'; readonly response: QuestionnaireResponse }
  | { readonly type: 'answered-stored'; readonly response: QuestionnaireResponse }
  /** An answered form goes to its review, and leaves the sitting. */
  | { readonly type: 'answered-taken'; readonly answered: Answered }
  | { readonly type: 'answered'; readonly linkId: string; readonly answer: Answer | undefined }
  | { readonly type: 'day-given'; readonly day: string }
  | { readonly type: 'saving-told'; readonly saved: Saved }
  | { readonly type: 'response-stored'; readonly response: QuestionnaireResponse }
  /** The server's answers where nobody has changed them here since they were sent. */
  | { readonly type: 'answers-joined'; readonly sent: Form['answers']; readonly stored: Form['answers'] }
  | { readonly type: 'conflict-met'; readonly conflict: Conflict }
  | { readonly type: 'conflict-settled' }
  | { readonly type: 'writing' }
  | { readonly type: 'write-failed'; readonly failure: WriteFailure }

/** The state after an action; no clock, no network, no page. */
export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case 'language-chosen':
      return { ...state, language: action.language }
    case 'session-opened':
      return { ...state, session: action.session }
    case 'person-read':
      return { ...state, person: action.person }
    case 'chart-read':
      return { ...state, chart: action.chart, person: action.chart.record }
    case 'abilities-read':
      return { ...state, abilities: action.abilities }
    case 'went':
      return goTo(state, action.to)
    case 'form-opened':
      return openForm(state, action)
    case 'sitting-begun':
      return { ...state, sitting: action.sitting }
    case 'circumstances-given':
      return inSitting(state.form ? { ...state, form: inCircumstances(state.form, action.circumstances) } : state, (sitting) => ({
        ...sitting,
        circumstances: action.circumstances,
      }))
    case 'handed-back':
      return { ...state, screen: { name: 'thanks', notSaved: false }, returnCode: action.returnCode }
    case 'form-answered':
      return inSitting(state, (sitting) => ({ ...sitting, answered: [...sitting.answered, { response: action.response, stored: false }] }))
    case 'answered-stored':
      return inSitting(state, (sitting) => withStored(sitting, action.response))
    case 'answered-taken': {
      const { form: _answered, ...rest } = state
      return inSitting(rest, (sitting) => ({ ...sitting, answered: sitting.answered.filter((one) => one !== action.answered) }))
    }
    case 'answered':
      return state.form ? { ...state, form: answer(state.form, action.linkId, action.answer) } : state
    case 'day-given':
      return { ...state, answeredOn: action.day }
    case 'saving-told':
      return { ...state, saved: action.saved }
    case 'response-stored':
      return store(state, action.response)
    case 'answers-joined':
      return state.form ? { ...state, form: join(state.form, action.sent, action.stored) } : state
    case 'conflict-met':
      return { ...state, conflict: action.conflict }
    case 'conflict-settled': {
      const { conflict: _settled, ...rest } = state
      return rest
    }
    case 'writing':
      return onReview(state, ({ failure: _before, ...review }) => ({ ...review, busy: true }))
    case 'write-failed':
      return onReview(state, (review) => ({ ...review, busy: false, failure: action.failure }))
  }
}

const inSitting = (state: State, change: (sitting: Sitting) => Sitting): State =>
  state.sitting === undefined ? state : { ...state, sitting: change(state.sitting) }

/** Nothing but the form, its review and its thanks keeps the form and what is given with it. */
const WITH_FORM: readonly Screen['name'][] = ['paper', 'handing', 'hand-over', 'paused', 'hidden', 'thanks', 'review', 'receipt']

function goTo(state: State, screen: Screen): State {
  if (WITH_FORM.includes(screen.name)) return { ...state, screen }
  const { form: _form, conflict: _conflict, sitting: _sitting, answeredOn: _day, returnCode: _code, ...rest } = state
  return { ...rest, screen, saved: 'nothing' }
}

function openForm(state: State, { form, to, returnCode }: Extract<Action, { type: 'form-opened' }>): State {
  const { answeredOn: _day, conflict: _conflict, ...rest } = state
  return { ...rest, form, screen: to, saved: 'nothing', ...(returnCode !== undefined && { returnCode }) }
}

function answer(form: Form, linkId: string, given: Answer | undefined): Form {
  const { [linkId]: _before, ...others } = form.answers
  return { ...form, answers: given === undefined ? others : { ...others, [linkId]: given } }
}

function join(form: Form, sent: Form['answers'], stored: Form['answers']): Form {
  const linkIds = new Set([...Object.keys(form.answers), ...Object.keys(stored)])
  const joined = [...linkIds].flatMap((linkId): [string, Answer][] => {
    const answer = isEqual(form.answers[linkId], sent[linkId]) ? stored[linkId] : form.answers[linkId]
    return answer === undefined ? [] : [[linkId, answer]]
  })
  return { ...form, answers: Object.fromEntries(joined) }
}

/** The version that the server gave: the next update names it in If-Match. */
function store(state: State, response: QuestionnaireResponse): State {
  const { id, meta, status, authored = '' } = response
  const given = { status, authored, ...(id !== undefined && { id }), ...(meta && { meta }) }
  const form = state.form && { ...state.form, base: { ...state.form.base, ...given } }
  return onReview({ ...state, ...(form && { form }) }, (review) => ({ ...review, response, stored: true }))
}

type Review = Extract<Screen, { name: 'review' }>

const onReview = (state: State, change: (review: Review) => Review): State =>
  state.screen.name === 'review' ? { ...state, screen: change(state.screen) } : state

/** The page of the first question without an answer; the last one when none is left. */
export function firstOpenPage(form: Form): number {
  const [open] = unansweredOf(form)
  return open === undefined ? form.instrument.items.length - 1 : form.instrument.items.indexOf(open)
}
