import type { Tier } from '../../risk/rule-set.ts'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'
import { SafetyText } from './safety-text.tsx'

/** What a tier asks for: in the site's words where it has its own; on a safety answer its safety text and whom to call as well. */
export function Action({ tier, withSafety = true }: { readonly tier: Tier; readonly withSafety?: boolean }) {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const { site, ruleSet } = knowledge
  const action = site.actions?.[tier] ?? ruleSet.tiers.find(({ id }) => id === tier)?.action
  if (action === undefined) return null
  return (
    <>
      <p class="action">
        <strong>{say('action.label')}</strong> {action[language]}
      </p>
      {withSafety && tier === 'immediate' && <SafetyText />}
    </>
  )
}
