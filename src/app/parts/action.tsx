import type { Tier } from '../../risk/rule-set.ts'
import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** What a tier asks for: in the site's words where it has its own; on a safety answer its safety text and whom to call as well. */
export function Action({ tier }: { readonly tier: Tier }) {
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
      {tier === 'immediate' && <SafetyText />}
    </>
  )
}

function SafetyText() {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const { safetyText, contacts = [] } = knowledge.site
  return (
    <>
      {safetyText && <p>{safetyText[language]}</p>}
      {contacts.length === 0 ? (
        <p class="quiet">{say('action.no-contacts')}</p>
      ) : (
        <ul>
          {contacts.map(({ name, phone }) => (
            <li key={phone}>
              {name}: <a href={`tel:${phone}`}>{phone}</a>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
