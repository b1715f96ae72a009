import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** What no score here speaks of. It stands beside every result. */
export function NotScreened() {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  return (
    <aside class="not-screened" aria-label={say('not-screened.label')}>
      <p>{knowledge.ruleSet.notScreened[language]}</p>
      <p class="no-print">
        <a href={`./rules.${language}.html`} target="_blank" rel="noopener">
          {say('not-screened.rules')}
        </a>
      </p>
    </aside>
  )
}
