import type { QuestionnaireResponse, QuestionnaireResponseItem, Reference } from 'fhir/r4.js'
import { canonicalOf, type Instrument, type Item } from '../instrument/instrument.ts'
import { INFANT_EXTENSION } from '../score/context.ts'
import { TEST_DATA } from './mothers.ts'
import type { Expectation, Story, StoryResponse, StoryVersion } from './story.ts'
import { instantAt, type StoryTime } from './story-day.ts'

/** One version of a response as the hospital's server came to hold it. */
export interface Arrival {
  readonly response: QuestionnaireResponse
  /** When results were recorded: as it was answered, or half an hour later for a second version. */
  readonly recorded: string
  readonly expect: Expectation
}

const LATER_MS = 30 * 60_000

/** All that a mother answered, version by version, oldest first. */
export function arrivalsOf(instruments: readonly Instrument[], story: Story, time: StoryTime): Arrival[] {
  return story.responses.flatMap((given, index) => {
    const versions: StoryVersion[] = [...(given.before ? [given.before] : []), { status: 'completed', ...given }]
    return versions.map((version, number) => {
      const response = buildResponse(instruments, story, { ...given, ...version }, { id: `${story.id}-${index + 1}`, time })
      const recorded = new Date(Date.parse(response.authored!) + number * LATER_MS).toISOString()
      return { response, recorded, expect: version.expect }
    })
  })
}

function buildResponse(
  instruments: readonly Instrument[],
  mother: Story,
  { instrument: name, day, time: clock, status = 'completed', language = mother.language, by = 'mother', infant, answers }: StoryResponse,
  { id, time }: { id: string; time: StoryTime },
): QuestionnaireResponse {
  const instrument = instruments.findLast((one) => one.id === name)
  if (instrument === undefined) throw new Error(`${id}: there is no instrument ${name}`)
  const subject = { reference: `Patient/${mother.id}` }
  return {
    resourceType: 'QuestionnaireResponse',
    id,
    meta: TEST_DATA,
    language,
    ...(infant !== undefined && { extension: [{ url: INFANT_EXTENSION, valueReference: { reference: `RelatedPerson/${infant}` } }] }),
    questionnaire: canonicalOf(instrument),
    status,
    subject,
    authored: instantAt(time, day, clock),
    ...personsOf(mother, subject, by),
    item: itemsOf(instrument, answers, id),
  }
}

/** Who recorded and who answered. What the midwife copies from paper is still the mother's answer. */
function personsOf(
  { partner }: Story,
  subject: Reference,
  by: NonNullable<StoryResponse['by']>,
): Pick<QuestionnaireResponse, 'author' | 'source'> {
  if (by === 'mother') return { author: subject, source: subject }
  if (by === 'midwife') return { author: { reference: 'Practitioner/midwife' }, source: subject }
  if (partner === undefined) throw new Error('A partner answered who is not in the story')
  const reference = { reference: `RelatedPerson/${partner.id}` }
  return { author: reference, source: reference }
}

function itemsOf(instrument: Instrument, answers: string, id: string): QuestionnaireResponseItem[] {
  if (answers.length !== instrument.items.length) throw new Error(`${id}: ${instrument.id} has ${instrument.items.length} items`)
  return instrument.items.flatMap((item, index) => itemOf(instrument, item, answers.charAt(index), id))
}

const DECLINED = {
  system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason',
  code: 'asked-declined',
  display: 'Asked But Declined',
}

function itemOf({ answerSystem }: Instrument, { linkId, options }: Item, mark: string, id: string): QuestionnaireResponseItem[] {
  if (mark === '_') return []
  if (mark === 'x') return [{ linkId, answer: [{ valueCoding: DECLINED }] }]
  const option = options.find(({ weight }, place) => mark === (weight === undefined ? 'abcdefgh'.charAt(place) : String(weight)))
  if (option === undefined) throw new Error(`${id}: ${linkId} has no option for "${mark}"`)
  return [{ linkId, answer: [{ valueCoding: { system: answerSystem, code: option.code } }] }]
}
