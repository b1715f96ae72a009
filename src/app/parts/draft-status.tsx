import type { Saved } from '../form/draft-saver.ts'
import { useSpeech, type WordKey } from '../words.ts'

const WORDS: Record<Saved, WordKey | undefined> = {
  nothing: undefined,
  saving: 'draft.saving',
  saved: 'draft.saved',
  failed: 'draft.failed',
}

/** Where the answers are: said politely as it changes. */
export function DraftStatus({ saved }: { readonly saved: Saved }) {
  const { say } = useSpeech()
  const word = WORDS[saved]
  return (
    <p class={`draft ${saved === 'failed' ? 'warning' : 'quiet'}`} role="status">
      {word && say(word)}
    </p>
  )
}
