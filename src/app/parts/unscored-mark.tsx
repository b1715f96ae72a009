import { useApp } from '../app-context.ts'
import type { Unscored } from '../chart/chart.ts'
import { dateText } from '../format.ts'
import { useSpeech } from '../words.ts'

/** A form that could not be scored: hollow, at the foot of the panel, for it has a day and no number. */
export function UnscoredMark({ unscored: { response }, x, y }: { readonly unscored: Unscored; readonly x: number; readonly y: number }) {
  const { flow } = useApp()
  const { say, language } = useSpeech()
  const open = () => flow.openResponse(response)
  return (
    // biome-ignore lint/a11y/useSemanticElements: SVG has no button, and knows its attributes in small letters only
    <g
      class="point hollow"
      role="button"
      tabindex={0}
      aria-label={say('chart.unscored-point', { date: dateText(language, response.authored ?? '', false) })}
      onClick={open}
      onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && open()}
    >
      <circle class="target" cx={x} cy={y} r="14" />
      <rect x={x - 5} y={y - 5} width="10" height="10" transform={`rotate(45 ${x} ${y})`} />
    </g>
  )
}
