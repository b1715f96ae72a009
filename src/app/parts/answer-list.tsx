import { packFor } from '../../instrument/text-pack.ts'
import type { Assessment } from '../../risk/assessment.ts'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** Items beside what was answered, for a second look. */
export function AnswerList({ assessment }: { readonly assessment: Assessment }) {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const { instrument } = assessment.context
  const pack = packFor(knowledge.textPacks, instrument, language)
  return (
    <details>
      <summary>{say('review.answers')}</summary>
      <ol class="answers">
        {instrument.items.map(({ linkId }) => {
          const option = assessment.answers.options.get(linkId)
          return (
            <li key={linkId}>
              {pack?.items[linkId] ?? linkId}:{' '}
              <strong>{option ? (pack?.options[option.code] ?? option.code) : say('review.unanswered')}</strong>
              {option?.weight !== undefined && ` (${option.weight})`}
            </li>
          )
        })}
      </ol>
    </details>
  )
}
