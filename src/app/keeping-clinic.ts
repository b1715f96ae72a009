import type { QuestionnaireResponse } from 'fhir/r4.js'
import isEqual from 'lodash/isEqual.js'
import { AssessmentError } from '../errors.ts'
import type { Clinic, PatientRecord } from './clinic.ts'
import type { Kept, KeptDrafts } from './form/kept-drafts.ts'
import { type Disagreement, type Merged, mergeItems } from './form/merge-items.ts'

/** Two people have answered the same items differently: `theirs` is what the server holds, and the answers here are kept. */
export class DraftConflict extends AssessmentError {
  readonly theirs: QuestionnaireResponse
  /** Both together on the server's version, with the answers from here where they disagree. */
  readonly joined: QuestionnaireResponse
  readonly disagreements: readonly Disagreement[]

  constructor(theirs: QuestionnaireResponse, { response, disagreements }: Merged) {
    super('conflict', 'Somebody else has changed the response meanwhile')
    this.theirs = theirs
    this.joined = response
    this.disagreements = disagreements
  }
}

export interface KeepingClinic extends Clinic {
  /** Keeps the answers in this tab until they are on the server: at once, before anything is sent. */
  readonly keep: (response: QuestionnaireResponse) => void
  /** Gives up what is kept of a response: a person's decision. */
  readonly forget: (response: QuestionnaireResponse) => void
}

const UNFINISHED = 'in-progress'
/** An amendment or a retraction changes what the server has anyway: it is sent by the person who reviews it, or not at all. */
const KEPT: readonly QuestionnaireResponse['status'][] = [UNFINISHED, 'completed']

/**
 * A clinic from which no answer is lost. What is to be saved is kept in the tab until the server has it. When another has saved meanwhile, both
 * are joined item by item; where they disagree, or the form has been finished by then, it refuses (DraftConflict) and writes nothing.
 * What an earlier page load could not send is sent before anything is read, and shown as unfinished if it still cannot be.
 * `mayDraft` false: unfinished forms stay in the tab (`forbidden`), finished ones are sent.
 */
export function createKeepingClinic(clinic: Clinic, drafts: KeptDrafts, mayDraft: boolean): KeepingClinic {
  /** Each response as the server last gave it: what both sides began with when they meet. */
  const known = new Map<string, QuestionnaireResponse>()
  const learn = <R extends QuestionnaireResponse | undefined>(response: R): R => {
    if (response?.identifier?.value !== undefined) known.set(response.identifier.value, response)
    return response
  }
  const baseOf = ({ identifier }: QuestionnaireResponse): QuestionnaireResponse | undefined => known.get(identifier?.value ?? '')

  const keep = (response: QuestionnaireResponse): void => {
    const base = baseOf(response)
    drafts.keep({ response, ...(base && { base }) })
  }
  const send = async ({ response, base }: Kept): Promise<QuestionnaireResponse> => {
    if (response.status === UNFINISHED && !mayDraft)
      throw new AssessmentError('forbidden', 'Unfinished forms may not be saved with this login')
    const stored = learn(await saveJoined(clinic, response, base))
    // What was answered while this was on its way is kept until it is sent itself.
    const kept = drafts.all().find((one) => one.response.identifier?.value === response.identifier?.value)
    if (kept === undefined || isEqual(kept.response.item, response.item)) drafts.drop(response)
    else drafts.keep({ ...kept, base: stored })
    return stored
  }
  const sendKept = async (): Promise<void> => {
    for (const kept of drafts.all()) await send(kept).catch(() => undefined)
  }
  const withKept = (responses: readonly QuestionnaireResponse[]): QuestionnaireResponse[] => {
    const finished = new Set(responses.filter(({ status }) => status !== UNFINISHED).map(({ identifier }) => identifier?.value))
    const waiting = drafts.all().flatMap(({ response }) => (finished.has(response.identifier?.value) ? [] : [response]))
    const kept = new Set(waiting.map(({ identifier }) => identifier?.value))
    return [...responses.filter(({ identifier }) => !kept.has(identifier?.value)), ...waiting]
  }
  return {
    ...clinic,
    keep,
    forget: drafts.drop,
    save: async (response) => {
      const base = baseOf(response)
      if (KEPT.includes(response.status)) keep(response)
      return await send({ response, ...(base && { base }) }).catch((error: unknown) => {
        // Who finishes a form has both versions before her now: the one that was refused is not sent again by itself.
        if (error instanceof DraftConflict && response.status !== UNFINISHED) drafts.drop(response)
        throw error
      })
    },
    readRecord: async (): Promise<PatientRecord> => {
      await sendKept()
      const record = await clinic.readRecord()
      for (const response of record.responses) learn(response)
      return { ...record, responses: withKept(record.responses) }
    },
    findResponse: async (identifier) => {
      const [kept] = drafts.all().filter(({ response: { identifier: own } }) => `${own?.system}|${own?.value}` === identifier)
      if (kept === undefined) return learn(await clinic.findResponse(identifier))
      // A finished one must be on the server before anybody goes on from it.
      return await send(kept).catch((error: unknown) => {
        if (kept.response.status === UNFINISHED) return kept.response
        throw error
      })
    },
  }
}

/**
 * Saves; when another has, joins both and saves that. Twice only: who is overtaken a third time is told. A form that another has finished,
 * amended or retracted meanwhile is not written over, and what a clinician finishes is what she has reviewed: else it is for a person.
 */
async function saveJoined(
  clinic: Clinic,
  response: QuestionnaireResponse,
  base: QuestionnaireResponse | undefined,
  tries = 2,
): Promise<QuestionnaireResponse> {
  try {
    return await clinic.save(response)
  } catch (error) {
    const isRaced = error instanceof AssessmentError && error.code === 'conflict' && response.id !== undefined && tries > 0
    if (!isRaced) throw error
  }
  const theirs = (await clinic.readResource(`QuestionnaireResponse/${response.id}`)) as QuestionnaireResponse
  if (isSame(theirs, response)) return theirs
  const merged = mergeItems(base ?? response, response, theirs)
  const isAsReviewed = response.status === UNFINISHED || isEqual(merged.response.item, response.item)
  if (merged.disagreements.length > 0 || theirs.status !== UNFINISHED || !isAsReviewed) throw new DraftConflict(theirs, merged)
  return await saveJoined(clinic, merged.response, theirs, tries - 1)
}

/** The update had come through and only its answer was lost. */
const isSame = (theirs: QuestionnaireResponse, mine: QuestionnaireResponse): boolean =>
  theirs.status === mine.status && isEqual(theirs.item ?? [], mine.item ?? [])
