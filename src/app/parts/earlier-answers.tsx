import type { QuestionnaireResponse } from 'fhir/r4.js'
import { useEffect, useState } from 'preact/hooks'
import type { Instrument } from '../../instrument/instrument.ts'
import { useApp } from '../app-context.ts'
import { type EarlierAnswer, earlierAnswersOf } from '../chart/earlier-answers.ts'
import { dateText, listText } from '../format.ts'
import { useSpeech } from '../words.ts'
import { BY } from './safety-answer.tsx'

interface EarlierAnswersProps {
  readonly response: QuestionnaireResponse
  readonly instrument: Instrument
  /** A rule speaks because of an earlier version: where that cannot be read, it is said. */
  readonly isSpoken: boolean
}

/** What a response's safety items said before it was changed, read from its versions once it is looked at. A first version has none before it. */
export function EarlierAnswers({ response, instrument, isSpoken }: EarlierAnswersProps) {
  const { flow, knowledge } = useApp()
  const { say, language } = useSpeech()
  const [versions, setVersions] = useState<readonly QuestionnaireResponse[] | 'unreadable'>()
  const { id, meta } = response
  const mayHaveEarlier = id !== undefined && meta?.versionId !== '1'
  useEffect(() => {
    if (mayHaveEarlier) void flow.versionsOf(response).then((found) => setVersions(found ?? 'unreadable'))
  }, [id, meta?.versionId])
  if (mayHaveEarlier && versions === undefined) return null
  // What she tried out before she finished is hers: drafts count where a rule has spoken of them.
  const read = versions === undefined || versions === 'unreadable' ? [] : versions
  const counted = read.filter(({ status }) => isSpoken || status !== 'in-progress')
  const earlier = earlierAnswersOf(knowledge, instrument, counted, language)
  if (earlier.length === 0) return isSpoken ? <p class="warning">{say('earlier.unreadable')}</p> : null
  return (
    <section class="earlier" aria-label={say('earlier.title')}>
      <p class="lead">{say('earlier.title')}</p>
      {earlier.map((one) => (
        <Earlier key={`${one.answer.linkId} ${one.answer.code}`} earlier={one} />
      ))}
    </section>
  )
}

function Earlier({ earlier }: { readonly earlier: EarlierAnswer }) {
  const { say, language } = useSpeech()
  const { answer, version, effective, by, author, now, changed, otherItems } = earlier
  const { item, option, place, count, weight, code } = answer
  const whom = say(BY[by], { author: author ?? say('safety.nobody-named') })
  return (
    <>
      <p class="answer">
        {item}: <strong>{option}</strong>
      </p>
      <p class="quiet">{say('safety.exact', { place, count, weight, code })}</p>
      <p>{listText(language, [dateText(language, effective), whom, say('earlier.version', { version })])}</p>
      <p>
        {say('earlier.now', { answer: now ?? say('review.unanswered') })}{' '}
        {say('earlier.changed', {
          when: changed.when === undefined ? say('response.not-recorded') : dateText(language, changed.when),
          author: changed.author ?? say('safety.nobody-named'),
          version: changed.version,
        })}{' '}
        {otherItems.length === 0 ? say('earlier.no-others') : say('earlier.others', { items: listText(language, otherItems.map(String)) })}
      </p>
    </>
  )
}
