import { useState } from 'preact/hooks'
import type { Step } from '../acknowledging.ts'
import { useApp } from '../app-context.ts'
import { alertsOf } from '../chart/alert.ts'
import { AlertSheet } from '../parts/alert-sheet.tsx'
import { Checks } from '../parts/checks.tsx'
import { Heading } from '../parts/heading.tsx'
import { HAPPENED } from '../parts/write-failure.tsx'
import type { WriteFailure } from '../state.ts'
import { useSpeech } from '../words.ts'

interface NotAcknowledged {
  readonly alertKey: string
  readonly step: Step
  readonly reason: WriteFailure['reason']
}

/** A step that could not be written. Nothing else can be done here: it is written after all, or it stands on paper. */
export function NotAcknowledgedScreen({ alertKey, step, reason }: NotAcknowledged) {
  const { knowledge, flow, state } = useApp()
  const { say, language } = useSpeech()
  const [onPaper, setOnPaper] = useState<readonly string[]>([])
  const alert = state.chart && alertsOf(knowledge, state.chart, language).find(({ key }) => key === alertKey)
  return (
    <>
      <section class="failure no-print" role="alert">
        <Heading of="not-acknowledged">{say(step.kind === 'seen' ? 'unwritten.seen' : 'unwritten.done')}</Heading>
        <p>{say(HAPPENED[reason])}</p>
        <p>{say('unwritten.next')}</p>
        {step.kind === 'done' && (
          <p>
            {say('unwritten.what')} <strong>{step.what}</strong>
          </p>
        )}
        <p class="buttons">
          <button type="button" class="primary" onClick={() => flow.acknowledge(alertKey, step)}>
            {say('review.again')}
          </button>
          <button type="button" onClick={() => globalThis.print()}>
            {say('sheet.print')}
          </button>
        </p>
        <Checks
          name="on-paper"
          legend={<span class="hidden">{say('unwritten.on-paper')}</span>}
          values={onPaper}
          choose={setOnPaper}
          options={[{ value: 'yes', label: say('unwritten.on-paper') }]}
        />
        <p class="buttons">
          <button type="button" disabled={onPaper.length === 0} onClick={() => flow.open()}>
            {say('to-chart')}
          </button>
        </p>
      </section>
      {alert && <AlertSheet alert={alert} />}
    </>
  )
}
