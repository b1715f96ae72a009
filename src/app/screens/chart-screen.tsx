import { useApp } from '../app-context.ts'
import { alertsOf } from '../chart/alert.ts'
import type { Chart } from '../chart/chart.ts'
import { Attention } from '../parts/attention.tsx'
import { Course } from '../parts/course.tsx'
import { Heading } from '../parts/heading.tsx'
import { ItemGrids } from '../parts/item-grids.tsx'
import { Limits } from '../parts/limits.tsx'
import { NotScreened } from '../parts/not-screened.tsx'
import { PendingList } from '../parts/pending-list.tsx'
import { SafetyNotice } from '../parts/safety-notice.tsx'
import { useSpeech } from '../words.ts'

/** What a clinician sees on launch: a safety answer first, then what needs attention, what waits, and her course. */
export function ChartScreen({ chart }: { readonly chart: Chart }) {
  const { knowledge, flow } = useApp()
  const { say, language } = useSpeech()
  return (
    <>
      <div class="title-row">
        <Heading of="chart">{say('chart.title')}</Heading>
        <button type="button" class="primary" onClick={() => flow.choose()}>
          {say('chart.give')}
        </button>
      </div>
      {alertsOf(knowledge, chart, language).map((alert) => (
        <SafetyNotice key={alert.key} alert={alert} />
      ))}
      <Attention chart={chart} />
      <Limits />
      <PendingList pending={chart.pending} />
      <Course chart={chart} />
      <ItemGrids record={chart.record} />
      <NotScreened />
    </>
  )
}
