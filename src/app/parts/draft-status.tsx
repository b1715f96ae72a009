import { isSafe, type Saved } from '../form/draft-saver.ts'
import { useSpeech, type WordKey } from '../words.ts'

const WORDS: Record<Saved, WordKey | undefined> = {
  nothing: undefined,
  saving: 'draft.saving',
  saved: 'draft.saved',
  failed: 'draft.failed',
  expired: 'draft.expired',
  kept: 'draft.kept',
  conflict: 'draft.conflict',
}

/** Where the answers are: said politely as it changes. */
export function DraftStatus({ saved }: { readonly saved: Saved }) {
  const { say } = useSpeech()
  const word = WORDS[saved]
  return (
    <p class={`draft ${isSafe(saved) ? 'quiet' : 'warning'}`} role="status">
      {word && say(word)}
    </p>
  )
}
