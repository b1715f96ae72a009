import type { Visit } from '../../schedule/schedule.ts'
import type { Unscored } from '../chart/chart.ts'
import type { Panel } from '../chart/panel.ts'
import { listText, numberText } from '../format.ts'
import { useSpeech } from '../words.ts'

interface Noted {
  readonly panel: Panel
  readonly gaps: readonly Visit[]
  readonly unscored: readonly Unscored[]
}

/** What must be known to read a panel: her earlier range, where each cut-off is from, and where none is. */
export function PanelNotes({ panel, gaps, unscored }: Noted) {
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
      {gaps.length > 0 && (
        <li>
          {say('chart.gaps', {
            visits: listText(
              language,
              gaps.map(({ title }) => title[language]),
            ),
          })}
        </li>
      )}
      {unscored.length > 0 && <li>{say('chart.unscored', { count: unscored.length })}</li>}
      {scale.cutOffs.length === 0 && <li>{say('chart.no-cut-off')}</li>}
      {scale.code === 'mibs-j-ar' && <li>{say('chart.invariance')}</li>}
    </ul>
  )
}
