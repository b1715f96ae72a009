import { useApp } from '../app-context.ts'
import { Heading } from '../parts/heading.tsx'
import { TakeBack } from '../parts/take-back.tsx'
import type { ReturnProblem } from '../state.ts'
import { useSpeech } from '../words.ts'

/** The same thanks for everybody, whatever was answered; staff come back by their code. */
export function ThanksScreen({ problem, notSaved }: { readonly problem: ReturnProblem | undefined; readonly notSaved: boolean }) {
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
        <>
          <p>
            <strong>{say('thanks.give-back')}</strong>
          </p>
          <TakeBack problem={problem} />
        </>
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
