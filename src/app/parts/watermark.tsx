import { useSpeech } from '../words.ts'

/** Said across a page whose words are not the instrument's own. */
export function Watermark() {
  const { say } = useSpeech()
  return <p class="watermark">{say('watermark')}</p>
}
