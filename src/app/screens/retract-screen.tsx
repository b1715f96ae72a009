import type { QuestionnaireResponse } from 'fhir/r4.js'
import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { Heading } from '../parts/heading.tsx'
import { ResponseFacts } from '../parts/response-facts.tsx'
import { useSpeech } from '../words.ts'

/** Why a response is taken back. Nothing is written here: the review that follows shows what will be. */
export function RetractScreen({ response }: { readonly response: QuestionnaireResponse }) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  const [reason, setReason] = useState('')
  const instrument = knowledge.instruments.find(({ id }) => response.questionnaire?.includes(`/Questionnaire/${id}|`))
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (reason.trim() !== '') flow.retract(response, reason.trim())
      }}
    >
      <Heading of="retract">{say('retract.title', { instrument: instrument?.shortTitle[language] ?? '' })}</Heading>
      <ResponseFacts response={response} instrument={instrument} />
      <p>{say('retract.text')}</p>
      <p class="field">
        <label for="reason">{say('retract.reason')}</label>
        <textarea id="reason" required rows={3} value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </p>
      <p class="buttons">
        <button type="submit" class="primary" disabled={reason.trim() === ''}>
          {say('retract.go')}
        </button>
        <button type="button" onClick={() => flow.openResponse(response)}>
          {say('retract.cancel')}
        </button>
      </p>
    </form>
  )
}
