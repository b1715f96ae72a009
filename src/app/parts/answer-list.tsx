import type { Instrument } from '../../instrument/instrument.ts'
import type { Answer } from '../form/form.ts'
import { useSpeech } from '../words.ts'
import { AnswerTable } from './answer-table.tsx'

/** Items beside what was answered, for a second look. */
interface Listed {
  readonly instrument: Instrument
  readonly answers: Readonly<Record<string, Answer>>
}

export function AnswerList({ instrument, answers }: Listed) {
  const { say } = useSpeech()
  return (
    <details>
      <summary>{say('review.answers')}</summary>
      <AnswerTable instrument={instrument} answers={answers} />
    </details>
  )
}
