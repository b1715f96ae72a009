import { useState } from 'preact/hooks'
import { Heading } from '../parts/heading.tsx'
import { useSpeech } from '../words.ts'

/** The page without a launch: how to launch from the EHR, and a way to begin by oneself. */
export function StartScreen({ go }: { readonly go: (issuer: string) => void }) {
  const { say } = useSpeech()
  const [issuer, setIssuer] = useState('')
  return (
    <>
      <Heading of="start">{say('start.title')}</Heading>
      <p>{say('start.from-chart')}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          go(issuer.trim())
        }}
      >
        <h2>{say('start.standalone')}</h2>
        <label for="issuer">{say('start.issuer')}</label>
        <p id="issuer-hint" class="quiet">
          {say('start.issuer-hint')}
        </p>
        <input
          id="issuer"
          type="url"
          required
          autocomplete="url"
          aria-describedby="issuer-hint"
          value={issuer}
          onInput={({ currentTarget }) => setIssuer(currentTarget.value)}
        />
        <button type="submit" class="primary">
          {say('start.go')}
        </button>
      </form>
    </>
  )
}
