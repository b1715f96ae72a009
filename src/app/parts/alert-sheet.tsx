import { useApp } from '../app-context.ts'
import { type Alert, isClosed } from '../chart/alert.ts'
import { dateText, nameOf, recordNumber } from '../format.ts'
import { useSpeech } from '../words.ts'
import { Reasons } from './reasons.tsx'
import { SafetyAnswers } from './safety-answer.tsx'
import { SafetyText } from './safety-text.tsx'

/** A safety answer on one sheet of paper, with room for who saw it and what was done: for when it cannot be written. */
export function AlertSheet({ alert }: { readonly alert: Alert }) {
  const { state, knowledge } = useApp()
  const { say, language } = useSpeech()
  const patient = state.person?.patient
  const action = knowledge.site.actions?.immediate ?? knowledge.ruleSet.tiers.find(({ id }) => id === 'immediate')?.action
  return (
    <article class="sheet">
      <h2>{say('safety.title', { instrument: alert.instrument?.shortTitle[language] ?? '' })}</h2>
      {patient && (
        <p>
          <strong>
            <bdi>{nameOf(patient, language)}</bdi>
          </strong>{' '}
          {patient.birthDate && dateText(language, patient.birthDate)} {recordNumber(patient)}
        </p>
      )}
      <SafetyAnswers alert={alert} />
      <Reasons verdicts={alert.verdicts} />
      <p>
        <strong>{say('action.label')}</strong> {action?.[language]}
      </p>
      <SafetyText />
      {!isClosed(alert) && (
        <dl class="lines">
          <dt>{say('sheet.seen')}</dt>
          <dd />
          <dt>{say('sheet.done')}</dt>
          <dd />
          <dd />
          <dd />
        </dl>
      )}
      <p class="quiet">{say('sheet.later')}</p>
    </article>
  )
}
