import type { Instrument, Language, Scale } from '../../instrument/instrument.ts'
import { listText, numberText } from '../format.ts'
import type { Say, WordKey } from '../words.ts'
import { type Chart, FIRST_SCALES } from './chart.ts'
import { dueSet, visitsIn } from './due-now.ts'
import type { Finding, Panel } from './panel.ts'

/** One point is within error: less than two is no change. */
const CHANGE = 2

/**
 * Her course in one sentence: what changed, what did not, what is unknown, what is due. It reads the scales that are looked at first and compares her with
 * herself alone; a fall is a change, never a recovery.
 */
export function summaryText({ panels, plan }: Chart, instruments: readonly Instrument[], language: Language, say: Say): string {
  const shown = panels.filter(({ scale }) => FIRST_SCALES.includes(scale.code))
  const changes = shown.map((panel) => ({ panel, change: changeIn(panel.finding) }))
  const changed = changes.flatMap(({ panel, change }) =>
    change !== undefined && Math.abs(change) >= CHANGE ? [changeText(panel, change, language, say)] : [],
  )
  const same = changes.flatMap(({ panel, change }) =>
    change !== undefined && Math.abs(change) < CHANGE ? [panel.scale.title[language]] : [],
  )
  const first = shown.flatMap(({ scale, finding }) => (finding.kind === 'first' ? [`${scale.title[language]} ${finding.value}`] : []))
  const known = shown.filter(({ finding }) => finding.kind !== 'incomplete' && finding.kind !== 'proxy').map(({ scale }) => scale.code)
  const unknown = FIRST_SCALES.filter((code) => !known.includes(code)).flatMap((code) => scaleOf(instruments, code)?.title[language] ?? [])
  const part = (key: WordKey, items: readonly string[]) => (items.length === 0 ? [] : [say(key, { list: listText(language, items) })])
  return [
    ...part('summary.changed', changed),
    ...part('summary.same', same),
    ...part('summary.first', first),
    ...part('summary.unknown', unknown),
    say('summary.due', { list: dueText() }),
  ].join(language === 'ja' ? '' : ' ')

  function dueText(): string {
    const titles = dueSet(plan).map((id) => instruments.findLast((one) => one.id === id)?.shortTitle[language] ?? id)
    if (titles.length > 0) return listText(language, titles)
    const [next] = visitsIn(plan, ['upcoming'])
    return next === undefined ? say('summary.nothing') : say('summary.next', { visit: next.visit.title[language] })
  }
}

const scaleOf = (instruments: readonly Instrument[], code: string): Scale | undefined =>
  instruments.flatMap(({ scales }) => scales).find((scale) => scale.code === code)

/** Against her own mean where there is one, else against her last; a first, an incomplete and another's answers compare with nothing. */
function changeIn(finding: Finding): number | undefined {
  if (finding.kind === 'own-mean') return finding.deviation
  return finding.kind === 'since-last' ? finding.change : undefined
}

function changeText({ scale, finding }: Panel, change: number, language: Language, say: Say): string {
  const by = numberText(language, Math.abs(change))
  const value = 'value' in finding ? finding.value : ''
  return say(change > 0 ? 'summary.above' : 'summary.below', { score: scale.title[language], value, by })
}
