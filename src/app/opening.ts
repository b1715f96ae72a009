import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import { isUnfinished } from '../fhir/pending.ts'
import { canonicalOf, type Instrument } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { resumeForm } from './form/form.ts'
import { offeredIn } from './form/offers.ts'
import type { Opening } from './launch/launch-context.ts'
import type { Stage } from './stage.ts'
import { showReview } from './writing.ts'

/**
 * Opens what the EHR asked for, in place of the chart: a questionnaire to be given, a response to go on with or to review. What is not known
 * here leads to the choice of questionnaires and is named there; a response that cannot be read leaves the chart.
 */
export async function openAsked(stage: Stage, opening: Opening): Promise<void> {
  if (opening.kind === 'give') return stage.dispatch({ type: 'went', to: { name: 'give' } })
  if (opening.kind === 'questionnaire') return choose(stage, opening.canonical)
  if (opening.kind === 'review')
    return openResponse(stage, stage.state().chart?.pending.find(({ response }) => !isUnfinished(response))?.response)
  const [type, id = ''] = opening.reference.split('/')
  const resource = await stage.clinic.readResource(opening.reference).catch(() => undefined)
  if (type === 'QuestionnaireResponse') return openResponse(stage, resource as QuestionnaireResponse | undefined)
  const { url, version } = (resource ?? {}) as Partial<Questionnaire>
  const named = url === undefined ? id : version === undefined ? url : `${url}|${version}`
  choose(stage, named)
}

/** The one asked for chosen already; one that is not known is named before the choice, so that nobody takes another for it. */
function choose({ knowledge, dispatch }: Stage, named: string): void {
  const instrument = instrumentOf(knowledge, named)
  dispatch({ type: 'went', to: { name: 'give', ...(instrument ? { instruments: [instrument.id] } : { unknown: named }) } })
}

/** By canonical, with or without version, or by the id under which we publish it; the newest of several. */
function instrumentOf(knowledge: Knowledge, named: string): Instrument | undefined {
  const [url] = named.split('|')
  const offered = offeredIn(knowledge)
  return (
    knowledge.instruments.find((one) => canonicalOf(one) === named) ??
    (named.includes('|') ? undefined : offered.find((one) => one.id === named || canonicalOf(one).split('|')[0] === url))
  )
}

/** Of another patient nothing is opened: the EHR's context and its reference then contradict each other. */
function openResponse(stage: Stage, response: QuestionnaireResponse | undefined): void {
  const { session, knowledge, dispatch } = stage
  if (response?.subject?.reference !== `Patient/${session.patientId}` || !session.isClinician) return
  if (!isUnfinished(response)) return showReview(stage, response, true)
  const form = resumeForm(knowledge, response, 'paper')
  if (form !== undefined) dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
}
