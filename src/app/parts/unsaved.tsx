import { useApp } from '../app-context.ts'
import { isSafe } from '../form/draft-saver.ts'
import { useSpeech } from '../words.ts'
import { DraftStatus } from './draft-status.tsx'

/** For a clinician: where the answers are, and, only when they cannot be saved, the way out that gives them up. */
export function Unsaved() {
  const { state, flow } = useApp()
  const { say } = useSpeech()
  return (
    <>
      <DraftStatus saved={state.saved} />
      {!isSafe(state.saved) && (
        <button type="button" onClick={() => flow.abandon()}>
          {say('draft.abandon')}
        </button>
      )}
    </>
  )
}
