import type { QuestionnaireResponse } from 'fhir/r4.js'
import { useApp } from '../app-context.ts'
import { authorOf } from '../chart/alert.ts'
import { answersIn } from '../form/form.ts'
import { dateText } from '../format.ts'
import { useSpeech } from '../words.ts'
import { AnswerTable } from './answer-table.tsx'

/** Two people have changed one response: who the other was, what differs, and the choice. Nothing of either is lost before it is made. */
export function Conflict({ mine, theirs }: { readonly mine: QuestionnaireResponse; readonly theirs: QuestionnaireResponse }) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  const instrument = knowledge.instruments.find(({ id }) => mine.questionnaire?.includes(`/Questionnaire/${id}|`))
  if (instrument === undefined) return null
  const [own, other] = [answersIn(instrument, mine), answersIn(instrument, theirs)]
  const differ = instrument.items
    .map(({ linkId }) => linkId)
    .filter((linkId) => JSON.stringify(own[linkId]) !== JSON.stringify(other[linkId]))
  return (
    <>
      <p>
        {say('conflict.who', {
          author: authorOf(theirs) ?? say('safety.nobody-named'),
          date: dateText(language, theirs.meta?.lastUpdated ?? ''),
        })}
      </p>
      {differ.length === 0 ? (
        <p>{say('conflict.same')}</p>
      ) : (
        <>
          <h3>{say('conflict.theirs')}</h3>
          <AnswerTable instrument={instrument} answers={other} items={differ} label={say('conflict.theirs')} />
          <h3>{say('conflict.mine')}</h3>
          <AnswerTable instrument={instrument} answers={own} items={differ} label={say('conflict.mine')} />
        </>
      )}
      <p class="buttons">
        <button type="button" onClick={() => flow.openResponse(theirs)}>
          {say('conflict.take-theirs')}
        </button>
        <button type="button" onClick={() => flow.overwrite()}>
          {say('conflict.keep-mine')}
        </button>
      </p>
    </>
  )
}
