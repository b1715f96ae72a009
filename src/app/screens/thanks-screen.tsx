import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { Heading } from '../parts/heading.tsx'
import { useSpeech, type WordKey } from '../words.ts'

type Problem = 'wrong-code' | 'no-record'
const PROBLEMS: Record<Problem, WordKey> = { 'wrong-code': 'thanks.wrong-code', 'no-record': 'thanks.no-record' }

/** The same thanks for everybody, whatever was answered; staff come back by their code. */
export function ThanksScreen({ problem, notSaved }: { readonly problem: Problem | undefined; readonly notSaved: boolean }) {
  const { knowledge, state, flow } = useApp()
  const { say } = useSpeech()
  const contacts = knowledge.site.contacts ?? []
  return (
    <div class="hand-over">
      <Heading of="thanks">{say('thanks.title')}</Heading>
      <p>{say('thanks.text')}</p>
      <p>{say('thanks.help')}</p>
      {contacts.map(({ name, phone }) => (
        <p key={phone}>
          {name}: <a href={`tel:${phone}`}>{phone}</a>
        </p>
      ))}
      {state.returnCode !== undefined ? (
        <TakeBack problem={problem} />
      ) : (
        notSaved && (
          <>
            <p role="alert">{say('thanks.not-sent')}</p>
            <button type="button" class="primary" onClick={() => flow.finish()}>
              {say('thanks.send-again')}
            </button>
          </>
        )
      )}
    </div>
  )
}

function TakeBack({ problem }: { readonly problem: Problem | undefined }) {
  const { flow } = useApp()
  const { say } = useSpeech()
  const [code, setCode] = useState('')
  return (
    <>
      <p>
        <strong>{say('thanks.give-back')}</strong>
      </p>
      <form
        class="take-back"
        onSubmit={(event) => {
          event.preventDefault()
          flow.takeBack(code)
        }}
      >
        <label for="return-code">{say('thanks.code')}</label>
        {problem && (
          <p id="code-problem" class="warning" role="alert">
            {say(PROBLEMS[problem])}
          </p>
        )}
        <input
          id="return-code"
          inputMode="numeric"
          autocomplete="off"
          maxLength={4}
          aria-invalid={problem === 'wrong-code'}
          aria-describedby={problem ? 'code-problem' : undefined}
          value={code}
          onInput={({ currentTarget }) => setCode(currentTarget.value)}
        />
        <button type="submit">{say('thanks.return')}</button>
      </form>
    </>
  )
}
