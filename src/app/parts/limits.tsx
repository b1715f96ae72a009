import { useApp } from '../app-context.ts'
import { ABILITIES } from '../launch/ability.ts'
import { useSpeech } from '../words.ts'

/** What this login does not permit, each in words with the rights that it lacks; nothing when it permits everything. */
export function Limits() {
  const { state } = useApp()
  const { say } = useSpeech()
  const { lacking = {} } = state.session ?? {}
  const limits = ABILITIES.filter((ability) => lacking[ability] !== undefined)
  if (limits.length === 0) return null
  return (
    <section class="limits" aria-labelledby="limits">
      <h2 id="limits">{say('limits.title')}</h2>
      <ul>
        {limits.map((ability) => (
          <li key={ability}>
            {say(`limits.${ability}`)} <code>{lacking[ability]?.join(' ')}</code>
          </li>
        ))}
      </ul>
      <p class="quiet">{say('limits.next')}</p>
    </section>
  )
}
