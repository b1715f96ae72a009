import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Instrument } from '../../instrument/instrument.ts'
import { answersIn } from '../form/form.ts'
import { useSpeech } from '../words.ts'
import { AnswerTable } from './answer-table.tsx'

/** Items beside what was answered, for a second look. */
export function AnswerList({ instrument, response }: { readonly instrument: Instrument; readonly response: QuestionnaireResponse }) {
  const { say } = useSpeech()
  return (
    <details>
      <summary>{say('review.answers')}</summary>
      <AnswerTable instrument={instrument} answers={answersIn(instrument, response)} />
    </details>
  )
}
