import type { Patient, QuestionnaireResponse, RelatedPerson } from 'fhir/r4.js'
import type { Language } from '../instrument/instrument.ts'
import type { Result } from '../risk/assessment.ts'
import type { Receipt } from '../write-back/write-back.ts'
import type { Chart } from './chart/chart.ts'
import type { Saved } from './form/draft-saver.ts'
import { type Answer, type Form, unansweredOf } from './form/form.ts'
import type { Fault } from './launch/fault.ts'
import type { Session } from './launch/session.ts'

/** Which step of writing failed and why: what is safe and what to do next depend on both. */
export interface WriteFailure {
  readonly step: 'response' | 'results'
  readonly reason: 'no-network' | 'conflict' | 'expired' | 'forbidden' | 'other'
}

/** Why staff did not get the chart back. */
export type ReturnProblem = 'wrong-code' | 'no-record'

export type Screen =
  | { readonly name: 'starting' | 'start' | 'chart' | 'paper' | 'handing' }
  /** `instrument`: what the EHR asked for, by its id. */
  | { readonly name: 'give'; readonly instrument?: string }
  /** `detail` is for the IT team: an address or a status. */
  | { readonly name: 'fault'; readonly fault: Fault; readonly detail?: string }
  /** `page` -1 is the one before the first question. */
  | { readonly name: 'hand-over'; readonly page: number; readonly problem?: ReturnProblem }
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
  readonly person?: { readonly patient: Patient; readonly infants: readonly RelatedPerson[] }
  readonly chart?: Chart
  readonly form?: Form
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
  | { readonly type: 'went'; readonly to: Screen }
  | { readonly type: 'form-opened'; readonly form: Form; readonly to: Screen; readonly returnCode?: string }
  | { readonly type: 'answered'; readonly linkId: string; readonly answer: Answer | undefined }
  | { readonly type: 'day-given'; readonly day: string }
  | { readonly type: 'saving-told'; readonly saved: Saved }
  | { readonly type: 'response-stored'; readonly response: QuestionnaireResponse }
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
      return { ...state, chart: action.chart, person: action.chart }
    case 'went':
      return goTo(state, action.to)
    case 'form-opened':
      return openForm(state, action)
    case 'answered':
      return state.form ? { ...state, form: answer(state.form, action.linkId, action.answer) } : state
    case 'day-given':
      return { ...state, answeredOn: action.day }
    case 'saving-told':
      return { ...state, saved: action.saved }
    case 'response-stored':
      return store(state, action.response)
    case 'writing':
      return onReview(state, ({ failure: _before, ...review }) => ({ ...review, busy: true }))
    case 'write-failed':
      return onReview(state, (review) => ({ ...review, busy: false, failure: action.failure }))
  }
}

/** Nothing but the form, its review and its thanks keeps the form. */
const WITH_FORM: readonly Screen['name'][] = ['paper', 'handing', 'hand-over', 'thanks', 'review', 'receipt']

function goTo(state: State, screen: Screen): State {
  if (WITH_FORM.includes(screen.name)) return { ...state, screen }
  const { form: _form, answeredOn: _day, returnCode: _code, ...rest } = state
  return { ...rest, screen, saved: 'nothing' }
}

function openForm(state: State, { form, to, returnCode }: Extract<Action, { type: 'form-opened' }>): State {
  const { answeredOn: _day, returnCode: _code, ...rest } = state
  return { ...rest, form, screen: to, saved: 'nothing', ...(returnCode !== undefined && { returnCode }) }
}

function answer(form: Form, linkId: string, given: Answer | undefined): Form {
  const { [linkId]: _before, ...others } = form.answers
  return { ...form, answers: given === undefined ? others : { ...others, [linkId]: given } }
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
