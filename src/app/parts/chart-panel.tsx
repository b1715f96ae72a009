import { useId, useRef } from 'preact/hooks'
import { dateOf } from '../../trajectory/calendar.ts'
import { type Axis, mapFrom, type Tick } from '../chart/axis.ts'
import { findingText } from '../chart/finding-text.ts'
import { axisDay, type Panel } from '../chart/panel.ts'
import { dateText, numberText } from '../format.ts'
import { type Speech, useSpeech, type WordKey } from '../words.ts'
import { ChartPoint } from './chart-point.tsx'
import { useWidth } from './use-width.ts'

const MARGIN = { top: 22, right: 112, bottom: 24, left: 30 }
const PLOT_HEIGHT = 104

/** One scale of hers as a picture. The same numbers stand in the table below all panels. */
export function ChartPanel({ panel, axisFor, isDated }: { panel: Panel; axisFor: (width: number) => Axis; isDated: boolean }) {
  const { say, language } = useSpeech()
  const figure = useRef<HTMLElement>(null)
  const id = useId()
  const width = useWidth(figure, 640)
  const right = width - MARGIN.right
  const bottom = MARGIN.top + PLOT_HEIGHT
  const axis = axisFor(right - MARGIN.left)
  const x = mapFrom([axis.from, axis.to], [MARGIN.left, right])
  const y = mapFrom(panel.range, [bottom, MARGIN.top])
  const { points, segments, cutOffs, mean, range } = panel
  const current = points.at(-1)!
  const clamp = (value: number) => Math.min(right, Math.max(MARGIN.left, value))
  return (
    <figure ref={figure} class="panel">
      <figcaption>
        <h3>{findingText(panel, language, say)}</h3>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${bottom + MARGIN.bottom}`} width={width} height={bottom + MARGIN.bottom} role="img" aria-labelledby={id}>
        <title id={id}>{say('chart.picture', { score: panel.scale.title[language], count: points.length })}</title>
        {isDated && <Phases x={(day) => clamp(x(day))} left={MARGIN.left} top={MARGIN.top} height={PLOT_HEIGHT} pattern={`${id}-hatch`} />}
        {range.map((value) => (
          <g key={value} class="value-axis">
            <line x1={MARGIN.left} x2={right} y1={y(value)} y2={y(value)} />
            <text x={MARGIN.left - 6} y={y(value) + 4} text-anchor="end">
              {value}
            </text>
          </g>
        ))}
        {axis.ticks.map((tick) => (
          <g key={tick.day} class="time-axis">
            <line x1={x(tick.day)} x2={x(tick.day)} y1={bottom} y2={bottom + 5} />
            <text x={x(tick.day)} y={bottom + 19} text-anchor="middle">
              {tickText(tick, { language, say })}
            </text>
          </g>
        ))}
        {cutOffs.map(({ value, text, from, to }) => (
          <g key={`${value} ${from}`} class="cut-off">
            <line x1={clamp(x(from) - 10)} x2={clamp(x(to) + 10)} y1={y(value)} y2={y(value)} />
            <text x={clamp(x(to) + 10) + 4} y={y(value) + 4}>
              {say('chart.cut-off', { value, source: to === axisDay(current) ? shortSource(text) : '' })}
            </text>
          </g>
        ))}
        {mean && (
          <g class="mean">
            <line x1={clamp(x(mean.from) - 10)} x2={clamp(x(axisDay(current)) + 10)} y1={y(mean.value)} y2={y(mean.value)} />
            <text
              x={clamp(x(axisDay(current)) + 10) + 4}
              y={meanLabelY(
                y(mean.value),
                cutOffs.map(({ value }) => y(value)),
              )}
            >
              {say('chart.mean', { mean: numberText(language, mean.value), k: mean.k })}
            </text>
          </g>
        )}
        {segments.map(([one, next]) => (
          <line key={next.reference} class="course" x1={x(axisDay(one))} y1={y(one.lower)} x2={x(axisDay(next))} y2={y(next.lower)} />
        ))}
        {points.map((point) => (
          <ChartPoint key={point.reference} point={point} panel={panel} x={x(axisDay(point))} y={y} isCurrent={point === current} />
        ))}
      </svg>
      <Notes panel={panel} />
    </figure>
  )
}

/** Pregnancy shaded; the first two weeks hatched, for mood and bonding are unsettled then. */
function Phases(at: { x: (day: number) => number; left: number; top: number; height: number; pattern: string }) {
  const { x, left, top, height, pattern } = at
  return (
    <g class="phases">
      <pattern id={pattern} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <line x1="0" y1="0" x2="0" y2="6" class="hatch" />
      </pattern>
      <rect class="pregnancy" x={left} y={top} width={Math.max(0, x(0) - left)} height={height} />
      <rect fill={`url(#${pattern})`} x={x(0)} y={top} width={Math.max(0, x(14) - x(0))} height={height} />
      <line class="birth" x1={x(0)} x2={x(0)} y1={top} y2={top + height} />
    </g>
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
  const near = others.find((other) => Math.abs(other - y) < 13)
  return near === undefined ? y + 4 : near + (y >= near ? 17 : -9)
}

function Notes({ panel }: { readonly panel: Panel }) {
  const { say, language } = useSpeech()
  const { mean, cutOffs, scale, finding } = panel
  const sources = [...new Map(cutOffs.map(({ value, text }) => [value, text]))]
  return (
    <ul class="notes">
      {mean && finding.kind === 'own-mean' && (
        <li>{say('chart.earlier', { lowest: mean.lowest, highest: mean.highest, mean: numberText(language, mean.value), k: mean.k })}</li>
      )}
      {sources.map(([value, text]) => (
        <li key={value}>{say('chart.cut-off-source', { value, source: text })}</li>
      ))}
      {scale.cutOffs.length === 0 && <li>{say('chart.no-cut-off')}</li>}
      {scale.code === 'mibs-j-ar' && <li>{say('chart.invariance')}</li>}
    </ul>
  )
}
