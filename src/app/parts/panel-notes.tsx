import type { Panel } from '../chart/panel.ts'
import { numberText } from '../format.ts'
import { useSpeech } from '../words.ts'

/** What must be known to read a panel: her earlier range, where each cut-off is from, and where none is. */
export function PanelNotes({ panel }: { readonly panel: Panel }) {
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
