import { useApp } from '../app-context.ts'
import { alertsOf } from '../chart/alert.ts'
import type { Chart } from '../chart/chart.ts'
import { AlertSheet } from '../parts/alert-sheet.tsx'
import { ChartSheet } from '../parts/chart-sheet.tsx'
import { Heading } from '../parts/heading.tsx'
import { MotherSheet } from '../parts/mother-sheet.tsx'
import type { Sheet } from '../state.ts'
import { useSpeech } from '../words.ts'

/** A page made for paper, and the way back. */
export function PrintScreen({ chart, sheet }: { readonly chart: Chart; readonly sheet: Sheet }) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  const alert = sheet.kind === 'alert' ? alertsOf(knowledge, chart, language).find(({ key }) => key === sheet.key) : undefined
  return (
    <>
      <div class="no-print">
        <Heading of="print">{say('sheet.title')}</Heading>
        <p class="buttons">
          <button type="button" class="primary" onClick={() => globalThis.print()}>
            {say('sheet.print')}
          </button>
          <button type="button" onClick={() => flow.open()}>
            {say('to-chart')}
          </button>
        </p>
      </div>
      {alert && <AlertSheet alert={alert} />}
      {sheet.kind === 'chart' && <ChartSheet chart={chart} />}
      {sheet.kind === 'mother' && <MotherSheet chart={chart} />}
    </>
  )
}
