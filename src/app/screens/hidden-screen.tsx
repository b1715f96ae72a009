import { useApp } from '../app-context.ts'
import { Heading } from '../parts/heading.tsx'
import { useSpeech } from '../words.ts'

/** A page that says nothing of what lies behind it. */
export function HiddenScreen({ page }: { readonly page: number }) {
  const { flow } = useApp()
  const { say } = useSpeech()
  return (
    <div class="hand-over">
      <Heading of="hidden">{say('hidden.title')}</Heading>
      <button type="button" class="primary" onClick={() => flow.turnTo(page)}>
        {say('hidden.continue')}
      </button>
    </div>
  )
}
