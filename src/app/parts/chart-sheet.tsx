import { useApp } from '../app-context.ts'
import type { Chart } from '../chart/chart.ts'
import { summaryText } from '../chart/summary-text.ts'
import { dateText, nameOf, recordNumber } from '../format.ts'
import { useSpeech } from '../words.ts'
import { Attention } from './attention.tsx'
import { Panels } from './course.tsx'
import { ItemGrids } from './item-grids.tsx'
import { NotScreened } from './not-screened.tsx'

/** The chart on one page, for the record: who, how she stands and why, her course, single items, what is not screened. */
export function ChartSheet({ chart }: { readonly chart: Chart }) {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const { patient } = chart
  return (
    <article class="sheet chart-sheet">
      <h2>{say('chart.title')}</h2>
      <p>
        <strong>
          <bdi>{nameOf(patient, language) || say('banner.no-name')}</bdi>
        </strong>{' '}
        {patient.birthDate && dateText(language, patient.birthDate)} {recordNumber(patient)} ·{' '}
        {say('sheet.printed', { date: dateText(language, chart.now) })}
      </p>
      {chart.points.length > 0 && <p>{summaryText(chart, knowledge.instruments, language, say)}</p>}
      <Attention chart={chart} />
      <Panels chart={chart} first />
      <ItemGrids chart={chart} />
      <NotScreened />
    </article>
  )
}
