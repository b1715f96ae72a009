import { useId, useRef } from 'preact/hooks'
import type { Visit } from '../../schedule/schedule.ts'
import { dateOf } from '../../trajectory/calendar.ts'
import { type Axis, mapFrom, type Tick } from '../chart/axis.ts'
import type { Unscored } from '../chart/chart.ts'
import { findingText } from '../chart/finding-text.ts'
import { axisDay, type Panel } from '../chart/panel.ts'
import { dateText, numberText } from '../format.ts'
import { type Speech, useSpeech, type WordKey } from '../words.ts'
import { ChartPoint } from './chart-point.tsx'
import { PanelNotes } from './panel-notes.tsx'
import { UnscoredMark } from './unscored-mark.tsx'
import { useWidth } from './use-width.ts'

const MARGIN = { top: 22, bottom: 24, left: 30 }
/** Too narrow to say more than its number at a line's end: a phone, or a panel beside another on paper. */
const isNarrow = (width: number): boolean => width < 360
const rightOf = (width: number): number => (isNarrow(width) ? 76 : 146)
const PLOT_HEIGHT = 104

/** Where a panel draws: its frame in pixels, and the places of days and values in it. */
interface Plot {
  readonly isNarrow: boolean
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  /** Kept inside the frame. */
  readonly x: (day: number) => number
  readonly y: (value: number) => number
}

interface Drawn {
  readonly panel: Panel
  readonly axisFor: (width: number) => Axis
  readonly isDated: boolean
  /** Visits that went by without it. */
  readonly gaps: readonly Visit[]
  /** Forms that could not be scored. */
  readonly unscored: readonly Unscored[]
}

/** One scale of hers as a picture. The same numbers stand in the table below all panels. */
export function ChartPanel({ panel, axisFor, isDated, gaps, unscored }: Drawn) {
  const { say, language } = useSpeech()
  const figure = useRef<HTMLElement>(null)
  const id = useId()
  const width = useWidth(figure, 640)
  const axis = axisFor(width - rightOf(width) - MARGIN.left)
  const plot = plotOf(width, axis, panel.range)
  const visible = isDated ? gaps.filter(({ days }) => days[0] >= axis.from && days[0] < axis.to) : []
  const { points, segments } = panel
  const height = plot.bottom + MARGIN.bottom
  return (
    <figure ref={figure} class="panel">
      <figcaption>
        <h3>{findingText(panel, language, say)}</h3>
      </figcaption>
      {/* biome-ignore lint/a11y/useSemanticElements: a picture whose points are buttons; no other element groups inside a figure */}
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="group" aria-labelledby={id}>
        <title id={id}>{say('chart.picture', { score: panel.scale.title[language], count: points.length })}</title>
        {isDated && <Phases plot={plot} pattern={`${id}-hatch`} />}
        <Gaps plot={plot} gaps={visible} />
        <Axes plot={plot} axis={axis} range={panel.range} />
        <Lines plot={plot} panel={panel} />
        {segments.map(([one, next]) => (
          <line key={next.reference} class="course" {...ends(plot, axisDay(one), one.lower, axisDay(next), next.lower)} />
        ))}
        {unscored.map((one) => (
          <UnscoredMark key={one.response.id} unscored={one} x={plot.x(one.day)} y={plot.bottom} />
        ))}
        {points.map((point) => (
          <ChartPoint
            key={point.reference}
            point={point}
            panel={panel}
            x={plot.x(axisDay(point))}
            y={plot.y}
            isCurrent={point === points.at(-1)}
          />
        ))}
      </svg>
      <PanelNotes panel={panel} gaps={visible} unscored={unscored} />
    </figure>
  )
}

function plotOf(width: number, axis: Axis, range: Panel['range']): Plot {
  const [left, right, top, bottom] = [MARGIN.left, width - rightOf(width), MARGIN.top, MARGIN.top + PLOT_HEIGHT]
  const place = mapFrom([axis.from, axis.to], [left, right])
  const x = (day: number) => Math.min(right, Math.max(left, place(day)))
  return { isNarrow: isNarrow(width), left, right, top, bottom, x, y: mapFrom(range, [bottom, top]) }
}

const ends = ({ x, y }: Plot, fromDay: number, from: number, toDay: number, to: number) => ({
  x1: x(fromDay),
  y1: y(from),
  x2: x(toDay),
  y2: y(to),
})

function Axes({ plot, axis, range }: { readonly plot: Plot; readonly axis: Axis; readonly range: Panel['range'] }) {
  const speech = useSpeech()
  const { left, right, bottom, x, y } = plot
  return (
    <>
      {range.map((value) => (
        <g key={value} class="value-axis">
          <line x1={left} x2={right} y1={y(value)} y2={y(value)} />
          <text x={left - 6} y={y(value) + 4} text-anchor="end">
            {value}
          </text>
        </g>
      ))}
      {axis.ticks.map((tick) => (
        <g key={tick.day} class="time-axis">
          <line x1={x(tick.day)} x2={x(tick.day)} y1={bottom} y2={bottom + 5} />
          <text x={x(tick.day)} y={bottom + 19} text-anchor="middle">
            {tickText(tick, speech)}
          </text>
        </g>
      ))}
    </>
  )
}

/** Pixels that a line reaches beyond its first and its last point. */
const REACH = 10

/** Cut-offs where they were in use, and her mean over the points it is made of; each says what it is at its end. */
function Lines({ plot: { isNarrow, x, y, left, right }, panel }: { readonly plot: Plot; readonly panel: Panel }) {
  const { say, language } = useSpeech()
  const { cutOffs, mean, points } = panel
  const now = axisDay(points.at(-1)!)
  const start = (day: number) => Math.max(left, x(day) - REACH)
  const end = (day: number) => Math.min(right, x(day) + REACH)
  const heights = cutOffs.map(({ value }) => y(value))
  return (
    <>
      {cutOffs.map(({ value, text, from, to }) => (
        <g key={`${value} ${from}`} class="cut-off">
          <line x1={start(from)} x2={end(to)} y1={y(value)} y2={y(value)} />
          <text x={end(to) + 4} y={y(value) + 4}>
            {say('chart.cut-off', { value, source: to === now && !isNarrow ? shortSource(text) : '' })}
          </text>
        </g>
      ))}
      {mean && (
        <g class="mean">
          <line x1={start(mean.from)} x2={end(now)} y1={y(mean.value)} y2={y(mean.value)} />
          <text x={end(now) + 4} y={meanLabelY(y(mean.value), heights)}>
            {say(isNarrow ? 'chart.mean-alone' : 'chart.mean', { mean: numberText(language, mean.value), k: mean.k })}
          </text>
        </g>
      )}
    </>
  )
}

/** Pregnancy shaded; the first two weeks hatched, for mood and bonding are unsettled then. */
function Phases({ plot: { x, left, top, bottom }, pattern }: { readonly plot: Plot; readonly pattern: string }) {
  const [birth, height] = [x(0), bottom - top]
  return (
    <g class="phases">
      <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" y1="0" x2="0" y2="6" class="hatch" />
      </pattern>
      <rect class="pregnancy" x={left} y={top} width={birth - left} height={height} />
      <rect fill={`url(#${pattern})`} x={birth} y={top} width={x(14) - birth} height={height} />
      <line class="birth" x1={birth} x2={birth} y1={top} y2={bottom} />
    </g>
  )
}

/** Visits that went by without a form: a frame with nothing in it. */
function Gaps({ plot: { x, top, bottom }, gaps }: { readonly plot: Plot; readonly gaps: readonly Visit[] }) {
  return (
    <>
      {gaps.map(({ id, days }) => (
        <rect key={id} class="gap" x={x(days[0])} y={top} width={Math.max(6, x(days[1]) - x(days[0]))} height={bottom - top} />
      ))}
    </>
  )
}

const UNITS: Record<Exclude<Tick['unit'], 'date'>, WordKey> = { birth: 'tick.birth', week: 'tick.week', month: 'tick.month' }

function tickText({ unit, count }: Tick, { language, say }: Speech): string {
  if (unit === 'date') return dateText(language, dateOf(count))
  return say(UNITS[unit], { count: count < 0 ? `−${-count}` : count })
}

/** `Levis 2020` of a whole citation; the whole of it stands under the panel. */
const shortSource = (text: string): string =>
  text
    .split(/[,(;]/)[0]!
    .replace(/^cited in /, '')
    .trim()

/** Two labels at a line's end never stand on one another. */
function meanLabelY(y: number, others: readonly number[]): number {
  const near = others.find((other) => Math.abs(other - y) < 15)
  return near === undefined ? y + 4 : near + (y >= near ? 19 : -11)
}
