import type { QuestionnaireResponse, Reference } from 'fhir/r4.js'
import { CIRCUMSTANCE_EXTENSION, type Circumstance, circumstanceExtensions } from '../../fhir/response-extensions.ts'
import { BASE, canonicalOf, type Instrument, type Item } from '../../instrument/instrument.ts'
import { packFor, primaryLanguage } from '../../instrument/text-pack.ts'
import type { Assessment } from '../../risk/assessment.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { INFANT_EXTENSION, infantOf } from '../../score/context.ts'

const DATA_ABSENT = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason'

/** Who holds the device: a clinician copying from paper, or the mother herself. */
export type Mode = 'paper' | 'hand-over'

/** An option code, or that she prefers not to answer. An item without either is unanswered. */
export type Answer = { readonly code: string } | 'declined'

/** A questionnaire being filled in. What the response says besides its answers stands in `base`, as the server last had it. */
export interface Form {
  readonly instrument: Instrument
  /** Of the wording; BCP 47. */
  readonly language: string
  readonly mode: Mode
  readonly base: QuestionnaireResponse
  readonly answers: Readonly<Record<string, Answer>>
}

/** What a new form is about. `author` is the clinician who copies from paper; a mother's own answers have her as `source`. */
export interface Start {
  readonly instrument: Instrument
  /** Of the wording; BCP 47. */
  readonly language: string
  readonly mode: Mode
  readonly uuid: string
  readonly patientId: string
  readonly authored: string
  readonly encounterId?: string | undefined
  readonly author?: Reference | undefined
  readonly infant?: Reference | undefined
  readonly circumstances?: readonly Circumstance[]
}

export function startForm({ instrument, language, mode, uuid, patientId, authored, ...given }: Start): Form {
  const { encounterId, author, infant, circumstances = [] } = given
  const mother = { reference: `Patient/${patientId}` }
  const about = infant === undefined ? [] : [{ url: INFANT_EXTENSION, valueReference: infant }]
  const extension = [...about, ...circumstanceExtensions(circumstances)]
  const base: QuestionnaireResponse = {
    resourceType: 'QuestionnaireResponse',
    language,
    ...(extension.length > 0 && { extension }),
    identifier: { system: `${BASE}/sid/response`, value: uuid },
    questionnaire: canonicalOf(instrument),
    status: 'in-progress',
    subject: mother,
    ...(encounterId !== undefined && { encounter: { reference: `Encounter/${encounterId}` } }),
    authored,
    ...(mode === 'paper' ? author && { author } : { source: mother }),
  }
  return { instrument, language, mode, base, answers: {} }
}

/** An unfinished response, taken up again in its language, or in English where nothing is worded in it; nothing when it is of no instrument that is known here. */
export function resumeForm(
  { instruments, textPacks }: Pick<Knowledge, 'instruments' | 'textPacks'>,
  response: QuestionnaireResponse,
  mode: Mode,
): Form | undefined {
  const instrument = instruments.find((one) => canonicalOf(one) === response.questionnaire)
  if (instrument === undefined) return undefined
  const answers = answersIn(instrument, response)
  const named = primaryLanguage(response.language ?? 'en')
  const language = packFor(textPacks, instrument, named) === undefined ? 'en' : named
  return { instrument, language, mode, base: response, answers }
}

/** What a response answers, item by item; an item that is not answered is absent. */
export const answersIn = (instrument: Instrument, response: QuestionnaireResponse): Readonly<Record<string, Answer>> =>
  Object.fromEntries(instrument.items.flatMap((item) => answerIn(response, item)))

/** The same of a result: a form of others is shown as it was read. */
export const answersOf = ({ context, answers }: Assessment, response: QuestionnaireResponse): Readonly<Record<string, Answer>> =>
  context.outside === undefined
    ? answersIn(context.instrument, response)
    : Object.fromEntries([...answers.options].map(([linkId, { code }]) => [linkId, { code }]))

/** Whether the form is one of ours, so that it can be gone on with here. */
export const isOurForm = ({ instruments }: Pick<Knowledge, 'instruments'>, { questionnaire }: QuestionnaireResponse): boolean =>
  instruments.some((one) => canonicalOf(one) === questionnaire)

function answerIn({ item: given = [] }: QuestionnaireResponse, { linkId, options }: Item): [string, Answer][] {
  const answer = given.find((one) => one.linkId === linkId)?.answer?.[0]
  const code = answer?.valueCoding?.code
  if (options.some((option) => option.code === code)) return [[linkId, { code: code! }]]
  const declined = answer?.extension?.some(({ url, valueCode }) => url === DATA_ABSENT && valueCode === 'asked-declined')
  return declined ? [[linkId, 'declined']] : []
}

/**
 * The response of a form: codings and linkIds only, no wording is written. Items that are none of the instrument's (a total that came with
 * a form of another program) stay as they were.
 */
export function responseOf(form: Form, status: 'in-progress' | 'completed' | 'amended', authored: string): QuestionnaireResponse {
  const { instrument, base, answers } = form
  const others = (base.item ?? []).filter(({ linkId }) => !instrument.items.some((item) => item.linkId === linkId))
  const own = instrument.items.flatMap(({ linkId }) => {
    const answer = answers[linkId]
    return answer === undefined ? [] : [{ linkId, answer: [answerElement(instrument, answer)] }]
  })
  const item = [...own, ...others]
  const { item: _before, ...rest } = base
  return { ...rest, status, authored, ...(item.length > 0 && { item }) }
}

const answerElement = ({ answerSystem }: Instrument, answer: Answer) =>
  answer === 'declined'
    ? { extension: [{ url: DATA_ABSENT, valueCode: 'asked-declined' }] }
    : { valueCoding: { system: answerSystem, code: answer.code } }

/** Whether the form was finished before: what changes now is an amendment, and nothing of it is saved before it is reviewed. */
export const isAmending = ({ base }: Pick<Form, 'base'>): boolean => base.status === 'completed' || base.status === 'amended'

/** A finished form with changed answers: the day of answering stays, whoever changed them is its author. */
export function amendmentOf(form: Form, author: Reference | undefined): QuestionnaireResponse {
  const response = responseOf(form, 'amended', form.base.authored ?? '')
  return { ...response, ...(author && { author }) }
}

/** The items that have neither an option nor a refusal to answer. */
export const unansweredOf = ({ instrument, answers }: Form): Item[] =>
  instrument.items.filter(({ linkId }) => answers[linkId] === undefined)

/** The same form with the circumstances in which it is about to be answered. */
export function inCircumstances(form: Form, circumstances: readonly Circumstance[]): Form {
  const others = (form.base.extension ?? []).filter(({ url }) => url !== CIRCUMSTANCE_EXTENSION)
  const extension = [...others, ...circumstanceExtensions(circumstances)]
  const { extension: _before, ...base } = form.base
  return { ...form, base: { ...base, ...(extension.length > 0 && { extension }) } }
}

export const formInfant = ({ base }: Form): Reference | undefined => infantOf(base.extension)
