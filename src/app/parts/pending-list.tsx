import { isUnfinished, type Pending } from '../../fhir/pending.ts'
import { useApp } from '../app-context.ts'
import { isOurForm } from '../form/form.ts'
import { dateText } from '../format.ts'
import { useSpeech } from '../words.ts'

/** Forms that wait for somebody: unfinished ones to go on with, finished ones that nobody has reviewed. */
export function PendingList({ pending }: { readonly pending: readonly Pending[] }) {
  const { flow, knowledge } = useApp()
  const { say, language } = useSpeech()
  if (pending.length === 0) return null
  return (
    <section class="pending" aria-labelledby="pending">
      <h2 id="pending">{say('pending.title')}</h2>
      <ul>
        {pending.map(({ response, instrument }) => {
          const name = instrument?.shortTitle[language] ?? response.questionnaire ?? ''
          const unfinished = isUnfinished(response)
          const goesOn = unfinished && isOurForm(knowledge, response)
          const text = unfinished ? 'pending.unfinished' : 'pending.unreviewed'
          return (
            <li key={response.id}>
              <span>{say(text, { instrument: name, date: dateText(language, response.authored ?? '') })}</span>
              <button type="button" onClick={() => (goesOn ? flow.resume(response) : flow.reviewOf(response))}>
                {goesOn ? say('pending.continue') : say('pending.review')} <span class="hidden">{name}</span>
              </button>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
