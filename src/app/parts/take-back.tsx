import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import type { ReturnProblem } from '../state.ts'
import { useSpeech, type WordKey } from '../words.ts'

const PROBLEMS: Record<ReturnProblem, WordKey> = {
  'wrong-code': 'thanks.wrong-code',
  'too-many': 'thanks.too-many',
  'no-record': 'thanks.no-record',
}

interface TakeBackProps {
  readonly problem: ReturnProblem | undefined
  readonly action?: WordKey
}

/** The way back for staff: the code that they saw when they handed the device over. */
export function TakeBack({ problem, action = 'thanks.return' }: TakeBackProps) {
  const { flow } = useApp()
  const { say } = useSpeech()
  const [code, setCode] = useState('')
  return (
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
      <button type="submit">{say(action)}</button>
    </form>
  )
}
