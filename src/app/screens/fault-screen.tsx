import type { Fault } from '../launch/fault.ts'
import { Heading } from '../parts/heading.tsx'
import { useSpeech, type WordKey } from '../words.ts'

const WORDS: Record<Fault, readonly [happened: WordKey, next: WordKey]> = {
  'wrong-issuer': ['fault.wrong-issuer', 'fault.wrong-issuer-next'],
  'no-session': ['fault.no-session', 'fault.no-session-next'],
  denied: ['fault.denied', 'fault.denied-next'],
  'not-smart': ['fault.not-smart', 'fault.not-smart-next'],
  'no-network': ['fault.no-network', 'fault.no-network-next'],
  'no-patient': ['fault.no-patient', 'fault.no-patient-next'],
  expired: ['fault.expired', 'fault.expired-next'],
  forbidden: ['fault.forbidden', 'fault.forbidden-next'],
  other: ['fault.other', 'fault.other-next'],
}

/** Why there is no chart: what happened, what is safe, what to do. */
export function FaultScreen({ fault, retry }: { readonly fault: Fault; readonly retry: (() => void) | undefined }) {
  const { say } = useSpeech()
  const [happened, next] = WORDS[fault]
  return (
    <>
      <Heading of={fault}>{say('fault.title')}</Heading>
      <p>{say(happened)}</p>
      <p>{say('fault.safe')}</p>
      <p>
        <strong>{say('fault.do')}</strong> {say(next)}
      </p>
      {retry && (
        <button type="button" class="primary" onClick={retry}>
          {say('fault.retry')}
        </button>
      )}
    </>
  )
}
