import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import type { Alert } from '../chart/alert.ts'
import { sayIn, useSpeech, type WordKey } from '../words.ts'
import { Checks } from './checks.tsx'

/** What is done on a safety answer, as choices; anything else is said in words. */
const DEEDS = ['spoke', 'assessed', 'not-alone', 'children-safe', 'handed-over', 'plan'] as const
const WORDS: Record<(typeof DEEDS)[number], WordKey> = {
  spoke: 'deed.spoke',
  assessed: 'deed.assessed',
  'not-alone': 'deed.not-alone',
  'children-safe': 'deed.children-safe',
  'handed-over': 'deed.handed-over',
  plan: 'deed.plan',
}

/** The second step: what was done. It closes the safety answer, and is written in the language of the site. */
export function AcknowledgeDone({ alert }: { readonly alert: Alert }) {
  const { flow, knowledge } = useApp()
  const { say } = useSpeech()
  const [deeds, setDeeds] = useState<readonly string[]>([])
  const [words, setWords] = useState('')
  const written = sayIn(knowledge.site.language)
  const what = [...DEEDS.filter((deed) => deeds.includes(deed)).map((deed) => written(WORDS[deed])), words.trim()]
    .filter((one) => one !== '')
    .join('; ')
  const id = `what-${alert.resultPrefix}`
  return (
    <form
      class="deeds"
      onSubmit={(event) => {
        event.preventDefault()
        if (what !== '') flow.acknowledge(alert.key, { kind: 'done', what })
      }}
    >
      <Checks
        name={`deeds-${alert.resultPrefix}`}
        legend={say('safety.what')}
        values={deeds}
        choose={setDeeds}
        options={DEEDS.map((deed) => ({ value: deed, label: say(WORDS[deed]) }))}
      />
      <p class="field">
        <label for={id}>{say('safety.words')}</label>
        <textarea id={id} rows={2} value={words} onInput={({ currentTarget }) => setWords(currentTarget.value)} />
      </p>
      <p class="buttons">
        <button type="submit" class="primary" disabled={what === ''}>
          {say('safety.close')}
        </button>
      </p>
    </form>
  )
}
