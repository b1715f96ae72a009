import type { Questionnaire, QuestionnaireResponse } from 'fhir/r4.js'
import { isUnfinished } from '../fhir/pending.ts'
import { canonicalOf, type Instrument } from '../instrument/instrument.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { resumeForm } from './form/form.ts'
import { offeredIn } from './form/offers.ts'
import { resumeHandedOver } from './hand-over.ts'
import type { Opening } from './launch/launch-context.ts'
import { readChart, type Stage } from './stage.ts'
import { showReview } from './writing.ts'

/** A clinician sees the chart, unless this patient's form is in her hands; all others see questionnaires and nothing that was answered. */
export async function openFor(stage: Stage, asked?: Opening): Promise<void> {
  const { session, clinic, lock, dispatch } = stage
  const handedOver = lock.read()
  if (handedOver !== undefined && handedOver.patientId === session.patientId) {
    dispatch({ type: 'person-read', person: await clinic.readPerson() })
    return await resumeHandedOver(stage, handedOver)
  }
  lock.clear()
  if (!session.isClinician) {
    dispatch({ type: 'person-read', person: await clinic.readPerson() })
    dispatch({ type: 'went', to: { name: 'give' } })
    if (asked?.kind === 'questionnaire') await openAsked(stage, asked)
    return
  }
  dispatch({ type: 'went', to: { name: 'starting' } })
  await readChart(stage)
  dispatch({ type: 'went', to: { name: 'chart' } })
  if (asked !== undefined) await openAsked(stage, asked)
  await askAbilities(stage)
}

/** Before anything is to be written it is known what the server takes; one that does not say is taken to take all. */
async function askAbilities({ clinic, state, dispatch }: Stage): Promise<void> {
  if (state().abilities !== undefined) return
  const abilities = await clinic.abilities().catch(() => undefined)
  if (abilities !== undefined) dispatch({ type: 'abilities-read', abilities })
}

/**
 * Opens what the EHR asked for, in place of the chart: a questionnaire to be given, a response to go on with or to review. What is not known
 * here leads to the choice of questionnaires and is named there; a response that cannot be read leaves the chart.
 */
async function openAsked(stage: Stage, opening: Opening): Promise<void> {
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
  const { session } = stage
  if (response?.subject?.reference !== `Patient/${session.patientId}` || !session.isClinician) return
  if (!isUnfinished(response)) return showReview(stage, response, true)
  openOnPaper(stage, response)
}

/** Its answers in the form for staff, to go on with or to correct; nothing for a form that is not one of ours. */
export function openOnPaper({ knowledge, dispatch }: Stage, response: QuestionnaireResponse): void {
  const form = resumeForm(knowledge, response, 'paper')
  if (form !== undefined) dispatch({ type: 'form-opened', form, to: { name: 'paper' } })
}
