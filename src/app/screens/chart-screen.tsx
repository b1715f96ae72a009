import { useApp } from '../app-context.ts'
import { alertsOf } from '../chart/alert.ts'
import type { Chart } from '../chart/chart.ts'
import { summaryText } from '../chart/summary-text.ts'
import { Attention } from '../parts/attention.tsx'
import { Course } from '../parts/course.tsx'
import { DueNow } from '../parts/due-now.tsx'
import { Heading } from '../parts/heading.tsx'
import { ItemGrids } from '../parts/item-grids.tsx'
import { Limits } from '../parts/limits.tsx'
import { NotScreened } from '../parts/not-screened.tsx'
import { PendingList } from '../parts/pending-list.tsx'
import { SafetyNotice } from '../parts/safety-notice.tsx'
import { useSpeech } from '../words.ts'

/** What a clinician sees on launch: a safety answer first, then what needs attention, what is due and what waits, and her course. */
export function ChartScreen({ chart }: { readonly chart: Chart }) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  return (
    <>
      <div class="title-row">
        <Heading of="chart">{say('chart.title')}</Heading>
        <p class="buttons no-print">
          <button type="button" onClick={() => flow.print({ kind: 'chart' })}>
            {say('chart.print')}
          </button>
          <button type="button" onClick={() => flow.print({ kind: 'mother' })}>
            {say('chart.print-mother')}
          </button>
        </p>
      </div>
      {alertsOf(knowledge, chart, language).map((alert) => (
        <SafetyNotice key={alert.key} alert={alert} />
      ))}
      {chart.points.length > 0 && <p class="summary">{summaryText(chart, knowledge.instruments, language, say)}</p>}
      <Attention chart={chart} />
      <DueNow chart={chart} />
      <Limits />
      <PendingList pending={chart.pending} />
      <Course chart={chart} />
      <ItemGrids chart={chart} />
      <NotScreened />
    </>
  )
}
