import type { Reference } from 'fhir/r4.js'
import { useApp } from '../app-context.ts'
import { type Alert, isClosed } from '../chart/alert.ts'
import { dateText } from '../format.ts'
import { useSpeech } from '../words.ts'
import { AcknowledgeDone } from './acknowledge-done.tsx'
import { Reasons } from './reasons.tsx'
import { SafetyAnswers } from './safety-answer.tsx'
import { SafetyText } from './safety-text.tsx'

/** A safety answer, seen before anything else on the chart, until a clinician has written what was done. */
export function SafetyNotice({ alert }: { readonly alert: Alert }) {
  const { say, language } = useSpeech()
  const { instrument, verdicts, acknowledgement } = alert
  const title = instrument?.shortTitle[language] ?? ''
  if (isClosed(alert)) {
    return (
      <details class="closed-alert">
        <summary>{say('safety.closed', { instrument: title, date: dateText(language, alert.effective, false) })}</summary>
        <SafetyAnswers alert={alert} />
        <Steps alert={alert} />
      </details>
    )
  }
  return (
    <section class="safety" role="alert">
      <h2>{say('safety.title', { instrument: title })}</h2>
      <SafetyAnswers alert={alert} />
      <Reasons verdicts={verdicts} />
      <SafetyText />
      {acknowledgement.isLate && <p class="late">{say('safety.late', { due: dateText(language, acknowledgement.due ?? '') })}</p>}
      <Steps alert={alert} />
      <Acknowledge alert={alert} />
    </section>
  )
}

/** Who has seen it and what was done, as far as it is written. */
function Steps({ alert: { acknowledgement } }: { readonly alert: Alert }) {
  const { say, language } = useSpeech()
  const { seen, done } = acknowledgement
  const nameOf = ({ display, reference }: Reference) => display ?? reference ?? say('safety.nobody-named')
  if (seen === undefined) return <p>{say('safety.not-seen')}</p>
  return (
    <>
      <p>{say('safety.seen', { who: nameOf(seen.who), when: dateText(language, seen.when) })}</p>
      {done && (
        <p>
          {say('safety.done', { who: nameOf(done.who), when: dateText(language, done.when) })} {done.what}
        </p>
      )}
    </>
  )
}

/** The next step, where it can be written; else what to do instead. The sheet is always at hand. */
function Acknowledge({ alert }: { readonly alert: Alert }) {
  const { state, flow } = useApp()
  const { say } = useSpeech()
  const { session, chart } = state
  const may = session?.lacking?.acknowledge === undefined && chart?.record.tasks !== undefined && session?.user !== undefined
  const { step } = alert.acknowledgement
  return (
    <>
      {!may && <p class="warning">{say('safety.cannot')}</p>}
      {may && step === 'seen' && <AcknowledgeDone key={alert.key} alert={alert} />}
      <p class="buttons">
        {may && step === 'open' && (
          <button type="button" class="primary" onClick={() => flow.acknowledge(alert.key, { kind: 'seen' })}>
            {say('safety.i-have-seen')}
          </button>
        )}
        {alert.response && (
          <button type="button" onClick={() => flow.openResponse(alert.response!)}>
            {say('safety.open')}
          </button>
        )}
        <button type="button" onClick={() => flow.print({ kind: 'alert', key: alert.key })}>
          {say('safety.sheet')}
        </button>
      </p>
    </>
  )
}
