import { useApp } from '../app-context.ts'
import { useSpeech } from '../words.ts'

/** What the site does on a safety answer, and whom to call. */
export function SafetyText() {
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
