import type { Tally } from '../bulk/score-entries.ts'
import { totalOf } from '../bulk/score-entries.ts'
import type { Shell } from './shell.ts'

/** What a person at a terminal sees while results are made; nobody else sees anything. */
export interface Progress {
  readonly show: (tally: Tally) => void
  readonly end: (tally: Tally) => void
}

const EVERY_MS = 200
const CLEAR = '\r\u001b[K'

/** On stderr, when that is a terminal; while results scroll over the same terminal only the last line is written. */
export function createProgress({ err, isTerminal, now }: Shell, writesToFile: boolean): Progress {
  if (!isTerminal.err) return { show: () => undefined, end: () => undefined }
  const started = now().getTime()
  const quiet = isTerminal.out && !writesToFile
  let shown = started
  return {
    show(tally) {
      const time = now().getTime()
      if (quiet || time - shown < EVERY_MS) return
      shown = time
      const rate = Math.round((totalOf(tally) / (time - started)) * 1000)
      err.write(`${CLEAR}${grouped(totalOf(tally))} responses, ${grouped(rate)} a second`)
    },
    end(tally) {
      err.write(`${quiet ? '' : CLEAR}${countLine(tally)}\n`)
    },
  }
}

const grouped = (value: number): string => value.toLocaleString('en')

export function countLine(tally: Tally): string {
  const parts = (['scored', 'incomplete', 'retracted', 'refused'] as const).filter((name) => name === 'scored' || tally[name] > 0)
  const counts = parts.map((name) => `${grouped(tally[name])} ${name}`).join(', ')
  const immediate = tally.immediate > 0 ? `; immediate: ${grouped(tally.immediate)}` : ''
  return `${grouped(totalOf(tally))} responses: ${counts}${immediate}`
}
