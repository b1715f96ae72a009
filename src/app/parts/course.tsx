import { sameAnchor } from '../../trajectory/time-point.ts'
import { useApp } from '../app-context.ts'
import { axisOf, calendarAxis } from '../chart/axis.ts'
import { type Chart, FIRST_SCALES } from '../chart/chart.ts'
import { gapsOf } from '../chart/due-now.ts'
import { axisDay } from '../chart/panel.ts'
import { infantTarget } from '../chart/points.ts'
import { dateText, listText, nameOf } from '../format.ts'
import { useSpeech } from '../words.ts'
import { ChartPanel } from './chart-panel.tsx'
import { ScoreTable } from './score-table.tsx'

/** Her course so far: a panel a scale over one time axis, then the same as a table. */
export function Course({ chart }: { readonly chart: Chart }) {
  const { knowledge } = useApp()
  const { say, language } = useSpeech()
  const { panels, points, infants, elsewhere } = chart
  const shown = panels.flatMap((panel) => panel.points)
  const { anchor, source } = shown.at(-1)?.at ?? {}
  const scales = knowledge.instruments.flatMap((one) => one.scales)
  const missing = FIRST_SCALES.filter((code) => !panels.some(({ scale }) => scale.code === code))
  return (
    <section class="course-section" aria-labelledby="course">
      <h2 id="course">{say('course.title')}</h2>
      {points.length === 0 && <p>{say('course.empty')}</p>}
      {points.length > 0 && (
        <p class="quiet">
          {anchor === undefined
            ? say('course.undated')
            : say(source === 'due-date' ? 'course.from-due-date' : 'course.from-birth', { date: dateText(language, anchor) })}
        </p>
      )}
      {points.length > 0 && <p class="quiet">{say('course.reading')}</p>}
      <Panels chart={chart} />
      <Letters chart={chart} />
      {points.length > 0 && missing.length > 0 && (
        <p class="quiet">
          {say('course.missing', {
            list: listText(
              language,
              missing.flatMap((code) => scales.find((scale) => scale.code === code)?.title[language] ?? []),
            ),
          })}
        </p>
      )}
      {elsewhere > 0 && <p class="quiet">{say('course.elsewhere', { count: elsewhere })}</p>}
      {points.length > 0 && <ScoreTable points={points} infants={infants} />}
    </section>
  )
}

/** A panel a scale over one time axis; `first`: only the scales that are looked at first. */
export function Panels({ chart, first = false }: { readonly chart: Chart; readonly first?: boolean }) {
  const shown = chart.panels.flatMap((panel) => panel.points)
  const { anchor } = shown.at(-1)?.at ?? {}
  const days = shown.map(axisDay)
  const axisFor = (width: number) => (anchor === undefined ? calendarAxis(days, width) : axisOf(days, width))
  return (
    <div class="panels">
      {chart.panels
        .filter(({ scale }) => !first || FIRST_SCALES.includes(scale.code))
        .map((panel) => (
          <ChartPanel
            key={panel.scale.code}
            panel={panel}
            axisFor={axisFor}
            isDated={anchor !== undefined}
            gaps={sameAnchor(anchor, chart.plan.timePoint.anchor) ? gapsOf(chart.plan, panel.instrument.id) : []}
            unscored={chart.unscored.filter(({ instrument }) => instrument.id === panel.instrument.id)}
          />
        ))}
    </div>
  )
}

/** Which letter stands for which infant, where a panel has several. */
function Letters({ chart: { panels, infants } }: { readonly chart: Chart }) {
  const { say, language } = useSpeech()
  const several = panels.find((panel) => panel.infants.length > 1)
  if (several === undefined) return null
  const list = several.infants.map((target, index) => {
    const letter = String.fromCharCode(97 + index)
    const infant = infants.find(({ id }) => target === `RelatedPerson/${id}`)
    const point = several.points.find((one) => infantTarget(one) === target)
    return `${letter}: ${infant ? nameOf(infant, language) : (point?.infant?.display ?? say('course.unnamed-infant'))}`
  })
  return <p class="quiet">{list.join('; ')}</p>
}
