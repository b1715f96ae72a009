import { useState } from 'preact/hooks'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** A resource that the server holds is shown here itself: its bare address wants a token, which no new window has. */
export function WrittenResource({ reference }: { readonly reference: string }) {
  const { flow, state } = useApp()
  const { say } = useSpeech()
  const [text, setText] = useState<string>()
  const address = `${state.session?.baseUrl ?? ''}/${reference}`
  const show = async () => setText((await flow.resourceText(reference)) ?? say('receipt.unreadable'))
  return (
    <details class="resource" onToggle={({ currentTarget }) => currentTarget.open && text === undefined && show()}>
      <summary>{reference}</summary>
      <p>
        <a href={address} target="_blank" rel="noreferrer">
          {address}
        </a>
      </p>
      {text !== undefined && <pre>{text}</pre>}
    </details>
  )
}
