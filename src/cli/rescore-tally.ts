import type { Change, Rescored } from '../write-back/rescore.ts'

/** How many responses have become what. */
export interface RescoreTally {
  readonly changes: Map<Change, number>
  /** How many moved from one tier to another: `assess → priority`. */
  readonly moves: Map<string, number>
  /** How many tier changes a rule had a part in: `+ D2`, `- D5`. */
  readonly reasons: Map<string, number>
  written: number
}

/** Nothing counted yet. */
export const emptyRescoreTally = (): RescoreTally => ({ changes: new Map(), moves: new Map(), reasons: new Map(), written: 0 })

/** Whether she stands in another tier than before. */
export const movedTier = ({ change }: Rescored): boolean => change === 'tier-up' || change === 'tier-down'

/** Adds one response to the tally, which is changed. */
export function countRescored(tally: RescoreTally, one: Rescored): void {
  const add = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1)
  add(tally.changes, one.change)
  if ((one.written?.length ?? 0) > 0) tally.written += 1
  if (!movedTier(one)) return
  add(tally.moves, `${one.before?.tier} → ${one.after?.tier}`)
  for (const why of one.why) {
    const [rule] = /^[+-] [A-Z]\d[^:]*/.exec(why) ?? []
    if (rule !== undefined) add(tally.reasons, rule)
  }
}

export const examined = ({ changes }: RescoreTally): number => [...changes.values()].reduce((sum, count) => sum + count, 0)

const WORDS: Readonly<Record<Change, string>> = {
  'tier-up': 'more pressing',
  'tier-down': 'less pressing',
  rules: 'same tier, other rules or numbers',
  scores: 'other scores',
  baseline: 'another baseline only',
  'cut-off': 'another cut-off beside the score only',
  status: 'another status only',
  same: 'the same',
  unscored: 'without results (kizuna sync makes first ones)',
  refused: 'refused',
  failed: 'failed',
}

/** What a person reads at the end: how many changed, from which tier to which, by which rules; and whether anything was written. */
export function rescoreSummary(tally: RescoreTally, apply: boolean): string {
  const counts = (Object.keys(WORDS) as Change[]).flatMap((change) => {
    const count = tally.changes.get(change)
    return count === undefined ? [] : [`  ${String(count).padStart(7)}  ${WORDS[change]}`]
  })
  return [
    `${grouped(examined(tally))} responses examined`,
    ...counts,
    ...(tally.moves.size > 0 ? [`tiers: ${listOf(tally.moves)}`, `by rules: ${listOf(tally.reasons)}`] : []),
    apply ? `${grouped(tally.written)} responses had results written` : 'nothing was written; --apply writes',
    '',
  ].join('\n')
}

export const grouped = (value: number): string => value.toLocaleString('en')

const listOf = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([name, count]) => `${name} (${grouped(count)})`)
    .join(', ')
