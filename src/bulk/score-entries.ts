import { assess } from '../assess.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { HistoryIndex } from '../trajectory/history-index.ts'
import type { Entry, EntryBatch } from './entry.ts'

/** What became of all that was scored. */
export interface Tally {
  scored: number
  incomplete: number
  retracted: number
  refused: number
  /** Of all of them, refused ones too: how many are of tier immediate. */
  immediate: number
}

/** Nothing counted yet. */
export const emptyTally = (): Tally => ({ scored: 0, incomplete: 0, retracted: 0, refused: 0, immediate: 0 })
/** Every response that was read, whatever became of it; `immediate` counts among them. */
export const totalOf = ({ scored, incomplete, retracted, refused }: Tally): number => scored + incomplete + retracted + refused

/** Scores each entry of a batch in its order and hands on the results one by one; what is refused does not touch what follows. */
export function scoreBatch(
  knowledge: Knowledge,
  history: HistoryIndex,
  batch: EntryBatch,
  take: (result: Result, entry: Entry) => void,
): void {
  const known = batch.forms === undefined ? knowledge : { ...knowledge, forms: [...batch.forms, ...(knowledge.forms ?? [])] }
  for (const entry of batch.entries) {
    const result = assess(known, entry.received, history.historyOf(entry.received, batch.onlySubject))
    take(entry.fault === undefined ? result : refusedAs(result, entry.fault), entry)
  }
}

/** Refused for what is wrong with its place; what its safety answers fired stays, and is said first. */
const refusedAs = ({ risk, issues }: Result, fault: NonNullable<Entry['fault']>): Result => ({
  outcome: 'refused',
  received: undefined,
  risk,
  issues: [...issues.filter(({ code }) => code === 'business-rule'), fault],
})

export function count(tally: Tally, result: Result): void {
  tally[result.outcome] += 1
  if (result.risk.tier === 'immediate') tally.immediate += 1
}
