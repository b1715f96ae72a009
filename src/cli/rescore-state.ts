import { closeSync, createReadStream, openSync, statSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Rescored } from '../write-back/rescore.ts'
import { UsageError } from './shell.ts'

/**
 * The state file of a run: a journal of every response that was dealt with, one JSON line each, and of each write before it is done.
 * Whatever ends the run, the next one with the same file tells again what this one found, and goes on behind it.
 */
export interface RescoreState {
  /** What earlier runs found, in order. Read once, before `isDone` and `since` are asked. */
  readonly found: () => AsyncGenerator<Rescored>
  readonly isDone: (response: string) => boolean
  /** From where to search on; a day before the last response, as dates may be less exact than instants. */
  readonly since: () => string | undefined
  readonly planned: (one: Rescored) => void
  readonly done: (one: Rescored) => Rescored
  readonly close: (isComplete: boolean) => void
}

type Line = { readonly run: string } | { readonly planned: Rescored } | { readonly done: Rescored } | { readonly complete: true }

const NO_STATE: RescoreState = {
  found: async function* () {},
  isDone: () => false,
  since: () => undefined,
  planned: () => undefined,
  done: (one) => one,
  close: () => undefined,
}

/** Opens the state file for this run: `run` names server, rules, site and choice of responses. Throws UsageError for the file of another run, or of one that is complete. */
export function openRescoreState(file: string | undefined, run: string): RescoreState {
  if (file === undefined) return NO_STATE
  const handle = openFile(file)
  const isNew = statSync(file).size === 0
  const note = (line: Line): void => void writeSync(handle, `${JSON.stringify(line)}\n`)
  if (isNew) note({ run })
  // A run that was killed may have left half a line.
  else writeSync(handle, '\n')
  const plans = new Map<string, Rescored>()
  const days = new Map<string, string>()
  let last: string | undefined
  const remember = ({ response, authored }: Rescored): void => {
    plans.delete(response)
    if (authored === null) return
    last = daysBefore(authored, 1)
    days.set(response, authored)
    // Two more than are searched again: a day begins elsewhere at another hour.
    const oldest = daysBefore(authored, 3)
    for (const [other, day] of days) if (day.slice(0, 10) < oldest) days.delete(other)
  }
  return {
    async *found() {
      if (isNew) return
      for await (const line of linesOf(file)) {
        if ('run' in line && line.run !== run)
          throw new UsageError(
            `${file} is the state of another run (server, rules, site or choice differ): name another file with --state.`,
          )
        if ('complete' in line)
          throw new UsageError(`The run that ${file} tells of is complete: name another file with --state, or remove it.`)
        if ('planned' in line) plans.set(line.planned.response, line.planned)
        if ('done' in line) {
          remember(line.done)
          yield line.done
        }
      }
    },
    isDone: (response) => days.has(response),
    since: () => last,
    planned: (one) => note({ planned: one }),
    done(one) {
      const told = toldOf(plans.get(one.response), one)
      remember(told)
      note({ done: told })
      return told
    },
    close(isComplete) {
      if (isComplete) note({ complete: true })
      closeSync(handle)
    },
  }
}

/** What was about to be written when the run ended, and by now is the same, was written then. */
const toldOf = (plan: Rescored | undefined, one: Rescored): Rescored =>
  plan !== undefined && one.change === 'same' ? { ...plan, written: ['by a run that was interrupted'] } : one

/** For this user alone: it says who answered what. */
function openFile(file: string): number {
  try {
    return openSync(file, 'a', 0o600)
  } catch {
    throw new UsageError(`${file} cannot be written: --state takes a file in a folder that you may write to.`)
  }
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  for await (const text of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    const line = parsed(text)
    if (line !== undefined) yield line
  }
}

function parsed(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    return undefined
  }
}

function daysBefore(authored: string, count: number): string {
  const day = Date.parse(authored.slice(0, 10))
  return Number.isNaN(day) ? authored.slice(0, 10) : new Date(day - count * 86_400_000).toISOString().slice(0, 10)
}
