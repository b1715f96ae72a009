import { Heading } from '../parts/heading.tsx'
import { TakeBack } from '../parts/take-back.tsx'
import type { ReturnProblem } from '../state.ts'
import { useSpeech } from '../words.ts'

/** A form that was put aside: nothing of it is shown to whoever holds the device, until staff give it back to her. */
export function PausedScreen({ problem }: { readonly problem: ReturnProblem | undefined }) {
  const { say } = useSpeech()
  return (
    <div class="hand-over">
      <Heading of="paused">{say('paused.title')}</Heading>
      <p>{say('paused.text')}</p>
      <p>
        <strong>{say('paused.staff')}</strong>
      </p>
      <TakeBack problem={problem} action="paused.go-on" />
    </div>
  )
}
