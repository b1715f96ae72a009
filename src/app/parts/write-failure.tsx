import type { QuestionnaireResponse } from 'fhir/r4.js'
import { useEffect, useRef } from 'preact/hooks'
import type { WriteFailure } from '../state.ts'
import { useSpeech, type WordKey } from '../words.ts'
import { Conflict } from './conflict.tsx'

export const HAPPENED: Record<WriteFailure['reason'], WordKey> = {
  'no-network': 'failure.no-network',
  conflict: 'failure.conflict',
  expired: 'failure.expired',
  forbidden: 'failure.forbidden',
  other: 'failure.other',
}
const NEXT: Record<WriteFailure['reason'], WordKey> = {
  'no-network': 'failure.no-network-next',
  conflict: 'failure.conflict-next',
  expired: 'failure.expired-next',
  forbidden: 'failure.forbidden-next',
  other: 'failure.other-next',
}

/** A write that did not go through: what happened, what is safe, what to do next. It takes the focus. */
export function WriteFailureNotice({ failure, response }: { readonly failure: WriteFailure; readonly response: QuestionnaireResponse }) {
  const { say } = useSpeech()
  const notice = useRef<HTMLElement>(null)
  useEffect(() => notice.current?.focus(), [])
  return (
    <section ref={notice} class="failure" role="alert" tabIndex={-1}>
      <h2>{say('failure.title')}</h2>
      <p>{say(HAPPENED[failure.reason])}</p>
      <p>{say(failure.theirs ? 'conflict.safe' : failure.step === 'response' ? 'failure.safe-response' : 'failure.safe-results')}</p>
      {failure.theirs ? (
        <Conflict mine={response} theirs={failure.theirs} />
      ) : (
        <p>
          <strong>{say('fault.do')}</strong> {say(NEXT[failure.reason])}
        </p>
      )}
    </section>
  )
}
