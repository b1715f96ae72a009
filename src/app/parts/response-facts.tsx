import type { QuestionnaireResponse } from 'fhir/r4.js'
import { type Circumstance, circumstancesOf, retractionReasonOf } from '../../fhir/response-extensions.ts'
import type { Instrument, TextStatus } from '../../instrument/instrument.ts'
import { textStatusOf } from '../../instrument/text-pack.ts'
import { infantOf } from '../../score/context.ts'
import { referenceTarget } from '../../score/reference.ts'
import { useApp } from '../app-context.ts'
import { authorOf, byWhom } from '../chart/alert.ts'
import { dateText, languageName, listText, nameOf } from '../format.ts'
import { useSpeech, type WordKey } from '../words.ts'
import { BY } from './safety-answer.tsx'

const STATUS: Record<QuestionnaireResponse['status'], WordKey> = {
  'in-progress': 'response.in-progress',
  completed: 'response.completed',
  amended: 'response.amended',
  'entered-in-error': 'response.entered-in-error',
  stopped: 'response.stopped',
}
const CIRCUMSTANCES: Record<Circumstance, WordKey> = {
  alone: 'circumstance.alone',
  accompanied: 'circumstance.accompanied',
  interpreter: 'circumstance.interpreter',
}
export const TEXT_STATUS: Record<TextStatus, WordKey> = {
  official: 'status.official',
  licensed: 'status.licensed',
  verified: 'status.verified',
  unverified: 'status.unverified',
  caption: 'status.caption',
}

/** What a response says besides its answers: status, when, by whom, in whose company, in which words, about whom. */
export function ResponseFacts({
  response,
  instrument,
}: {
  readonly response: QuestionnaireResponse
  readonly instrument: Instrument | undefined
}) {
  const { knowledge, state } = useApp()
  const { say, language } = useSpeech()
  const circumstances = circumstancesOf(response)
  const target = referenceTarget(infantOf(response.extension))
  const infant = state.person?.infants.find(({ id }) => target === `RelatedPerson/${id}`)
  const reason = retractionReasonOf(response)
  const facts: readonly (readonly [WordKey, string | undefined])[] = [
    ['response.status', say(STATUS[response.status])],
    ['response.reason', reason],
    ['response.when', dateText(language, response.authored ?? '')],
    ['response.by', say(BY[byWhom(response)], { author: authorOf(response) ?? say('safety.nobody-named') })],
    ['response.author', byWhom(response) === 'paper' ? undefined : authorOf(response)],
    [
      'response.circumstances',
      circumstances.length === 0
        ? say('response.not-recorded')
        : listText(
            language,
            circumstances.map((one) => say(CIRCUMSTANCES[one])),
          ),
    ],
    ['response.language', response.language === undefined ? say('response.not-recorded') : languageName(language, response.language)],
    ['response.wording', instrument && say(TEXT_STATUS[textStatusOf(knowledge.textPacks, instrument, response.language)])],
    ['response.infant', infant ? nameOf(infant, language) : infantOf(response.extension)?.display],
  ]
  return (
    <dl class="facts">
      {facts.map(([word, text]) =>
        text === undefined ? null : (
          <div key={word}>
            <dt>{say(word)}</dt>
            <dd>
              <bdi>{text}</bdi>
            </dd>
          </div>
        ),
      )}
    </dl>
  )
}
