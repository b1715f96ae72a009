import type { Language } from '../../instrument/instrument.ts'
import { numberText } from '../format.ts'
import type { Say, WordKey } from '../words.ts'
import type { Panel } from './panel.ts'

/** The title of a panel: the current score and what changed, in one sentence. A fall is a change, never a recovery. */
export function findingText({ scale, finding }: Pick<Panel, 'scale' | 'finding'>, language: Language, say: Say): string {
  const score = scale.title[language]
  const number = (value: number) => numberText(language, value)
  switch (finding.kind) {
    case 'incomplete':
      return say('finding.incomplete', { score, lower: finding.lower, upper: finding.upper })
    case 'proxy':
      return say('finding.proxy', { score, value: finding.value })
    case 'first':
      return say('finding.first', { score, value: finding.value })
    case 'since-last':
      return say(LAST[sign(finding.change)], { score, value: finding.value, by: number(Math.abs(finding.change)) })
    case 'own-mean': {
      const { value, deviation, mean, k } = finding
      return say(MEAN[sign(deviation)], { score, value, by: number(Math.abs(deviation)), mean: number(mean), k })
    }
  }
}

type Sign = 'above' | 'same' | 'below'
const sign = (difference: number): Sign => (difference > 0 ? 'above' : difference < 0 ? 'below' : 'same')
const LAST: Record<Sign, WordKey> = { above: 'finding.last-above', same: 'finding.last-same', below: 'finding.last-below' }
const MEAN: Record<Sign, WordKey> = { above: 'finding.mean-above', same: 'finding.mean-same', below: 'finding.mean-below' }

/** What a single point says beside its dot. */
export const valueText = ({ complete, lower, upper }: { complete: boolean; lower: number; upper: number }, say: Say): string =>
  complete ? String(lower) : say('range', { lower, upper })
