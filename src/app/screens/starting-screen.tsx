import { useSpeech } from '../words.ts'

/** While something is fetched: shown only when it takes longer than a blink (the style sheet waits 300 ms). */
export function StartingScreen() {
  const { say } = useSpeech()
  return (
    <div class="starting" role="status">
      <p>{say('starting.text')}</p>
      <div class="bone" aria-hidden="true" />
      <div class="bone" aria-hidden="true" />
      <div class="bone" aria-hidden="true" />
    </div>
  )
}
