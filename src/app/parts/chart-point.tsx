import { useApp } from '../app-context.ts'
import { valueText } from '../chart/finding-text.ts'
import type { Panel } from '../chart/panel.ts'
import { infantTarget, type Point } from '../chart/points.ts'
import { responseOfPoint } from '../chart/response-of.ts'
import { dateText } from '../format.ts'
import { type Speech, useSpeech } from '../words.ts'

interface Place {
  readonly point: Point
  readonly panel: Panel
  readonly x: number
  readonly y: (value: number) => number
  readonly isCurrent: boolean
}

/** Infants are told apart by a letter where a panel is about more than one. */
export const infantLetter = ({ infants }: Panel, point: Point): string =>
  infants.length > 1 ? ` ${String.fromCharCode(97 + infants.indexOf(infantTarget(point)))}` : ''

/** A score as a dot with its number; what misses answers as a bar between its bounds; hollow while its form is not completed. */
export function ChartPoint({ point, panel, x, y, isCurrent }: Place) {
  const { flow, state } = useApp()
  const { say, language } = useSpeech()
  const response = state.chart && responseOfPoint(state.chart.record, point)
  const open = () => response && flow.openResponse(response)
  const { complete, lower, upper, preliminary, proxy } = point
  const radius = isCurrent ? 6.5 : 4
  const label = labelPlace(panel, point)
  const kind = `point${isCurrent ? ' current' : ''}${preliminary || proxy ? ' hollow' : ''}`
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button, and knows its attributes in small letters only
    <g
      class={kind}
      role="button"
      tabindex={0}
      aria-label={pointText(panel, point, { say, language })}
      onClick={open}
      onKeyDown={(event) => {
        if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault()
          open()
        }
      }}
    >
      <circle class="target" cx={x} cy={y(upper)} r="14" />
      {complete ? (
        <circle cx={x} cy={y(lower)} r={radius} />
      ) : (
        <rect x={x - 3.5} y={y(upper)} width="7" height={Math.max(2, y(lower) - y(upper))} rx="2" />
      )}
      <text x={x + label.aside} y={y(upper) - (label.aside === 0 ? radius + 5 : -4)} text-anchor={label.anchor}>
        {valueText(point, say)}
        {infantLetter(panel, point)}
      </text>
    </g>
  )
}

/** What a reader hears at a point: score, value, day. */
const pointText = (panel: Panel, point: Point, { say, language }: Speech): string =>
  say('chart.point', {
    score: point.scale.title[language],
    value: valueText(point, say) + infantLetter(panel, point),
    date: dateText(language, point.effective, false),
  })

/** Twins are often asked about on one day: one's number then stands on the left of its dot, the other's on the right. */
function labelPlace({ infants }: Panel, point: Point): { readonly aside: number; readonly anchor: 'start' | 'middle' | 'end' } {
  if (infants.length < 2 || !point.complete) return { aside: 0, anchor: 'middle' }
  return infants.indexOf(infantTarget(point)) % 2 === 0 ? { aside: 9, anchor: 'start' } : { aside: -9, anchor: 'end' }
}
