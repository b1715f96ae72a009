import type { Fault } from '../launch/fault.ts'
import { Heading } from '../parts/heading.tsx'
import { useSpeech } from '../words.ts'

/** What may be different a moment later, with the same launch: the page is loaded again. */
const PASSING: readonly Fault[] = ['no-network', 'cors', 'login-server']

interface FaultScreenProps {
  readonly fault: Fault
  readonly detail: string | undefined
  /** Reads the chart again, where there is a session. */
  readonly retry: (() => void) | undefined
}

/** Why there is no chart: what happened, what is safe, what to do; and a line for the IT team that names no person and no secret. */
export function FaultScreen({ fault, detail, retry }: FaultScreenProps) {
  const { say } = useSpeech()
  const again = retry ?? (PASSING.includes(fault) ? () => location.reload() : undefined)
  return (
    <>
      <Heading of={fault}>{say('fault.title')}</Heading>
      <p>{say(`fault.${fault}`)}</p>
      <p>{say('fault.safe')}</p>
      <p>
        <strong>{say('fault.do')}</strong> {say(`fault.${fault}-next`)}
      </p>
      {again && (
        <button type="button" class="primary" onClick={again}>
          {say('fault.retry')}
        </button>
      )}
      <p class="quiet small">
        {say('fault.for-it')} <code>{fault}</code>
        {detail !== undefined && (
          <>
            {' '}
            <code>{detail}</code>
          </>
        )}
      </p>
    </>
  )
}
