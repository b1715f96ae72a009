import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../config.ts'
import { type DurableStore, openStore } from '../queue/open-store.ts'
import { type Job, STATES, type State } from '../queue/queue.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface QueueOptions {
  readonly data?: string
  readonly state?: string
  readonly json?: boolean
}

/** `kizuna queue list`: one line for each job, oldest first, and a count at the end. */
export async function queueList(_: readonly string[], options: QueueOptions, shell: Shell): Promise<ExitCode> {
  return withStore(options, shell, async ({ queue }) => {
    const jobs = await queue.list(stateOf(options.state))
    for (const job of jobs) shell.out.write(options.json === true ? `${JSON.stringify(shownOf(job))}\n` : lineOf(job, shell.now()))
    if (options.json !== true) shell.out.write(`${countsOf(jobs)}\n`)
    return EXIT.done
  })
}

/** `kizuna queue retry`: the jobs named, or all of a state, are due now and their failures forgotten. */
export async function queueRetry(ids: readonly string[], options: QueueOptions, shell: Shell): Promise<ExitCode> {
  return withStore(options, shell, async ({ queue }) => {
    const chosen = await chosenOf({ queue }, ids, options)
    const count = await queue.revive(chosen)
    shell.out.write(`${count} will be tried again${leftOut(chosen.length - count, 'done or being worked on')}\n`)
    return count === chosen.length ? EXIT.done : EXIT.refused
  })
}

/** `kizuna queue drop`: the jobs named, or all of a state, are forgotten. */
export async function queueDrop(ids: readonly string[], options: QueueOptions, shell: Shell): Promise<ExitCode> {
  return withStore(options, shell, async ({ queue }) => {
    const chosen = await chosenOf({ queue }, ids, options)
    const count = await queue.drop(chosen)
    shell.out.write(`${count} dropped${leftOut(chosen.length - count, 'not there, or being worked on')}\n`)
    return count === chosen.length ? EXIT.done : EXIT.refused
  })
}

const leftOut = (count: number, why: string): string => (count === 0 ? '' : `; ${count} not (${why})`)

async function withStore(options: QueueOptions, shell: Shell, work: (store: DurableStore) => Promise<ExitCode>): Promise<ExitCode> {
  const folder = options.data ?? loadConfig(shell.env).KIZUNA_DATA
  if (!existsSync(join(folder, 'queue.sqlite')))
    throw new UsageError(`There is no queue in ${folder}: name the service's folder with --data.`)
  const store = openStore({ folder, now: () => shell.now().getTime() })
  try {
    return await work(store)
  } finally {
    store.close()
  }
}

async function chosenOf({ queue }: Pick<DurableStore, 'queue'>, ids: readonly string[], { state }: QueueOptions): Promise<number[]> {
  if (ids.length > 0 === (state !== undefined)) throw new UsageError('Name jobs by their numbers, or all of a state with --state dead.')
  if (state !== undefined) return (await queue.list(stateOf(state))).map(({ id }) => id)
  return ids.map((id) => {
    if (!/^\d{1,15}$/.test(id)) throw new UsageError(`${id} is no number of a job: \`kizuna queue list\` shows them.`)
    return Number(id)
  })
}

function stateOf(state: string | undefined): State | undefined {
  if (state === undefined || STATES.includes(state as State)) return state as State | undefined
  throw new UsageError(`--state takes ${STATES.join(', ')}.`)
}

const shownOf = ({ id, kind, state, content, sent, due, failures, reason }: Job): object => ({
  id,
  kind,
  state,
  content,
  sent: new Date(sent).toISOString(),
  ...(state === 'waiting' && { due: new Date(due).toISOString() }),
  failures,
  ...(reason !== undefined && { reason }),
})

function lineOf(job: Job, now: Date): string {
  const { id, kind, state, content, sent, due, failures, reason } = job
  const what = Object.values(content).join(' ')
  const wait = state === 'waiting' && due > now.getTime() ? `, due in ${spanOf(due - now.getTime())}` : ''
  const tries = failures > 0 ? `, failed ${failures}×` : ''
  return `${id}\t${state}\t${kind}\t${what}\t${spanOf(now.getTime() - sent)} old${tries}${wait}${reason === undefined ? '' : `\t${reason}`}\n`
}

function spanOf(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 120) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 120) return `${minutes} min`
  return minutes < 2880 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`
}

function countsOf(jobs: readonly Job[]): string {
  const counted = Map.groupBy(jobs, ({ state }) => state)
  const parts = STATES.flatMap((state) => (counted.has(state) ? [`${counted.get(state)!.length} ${state}`] : []))
  return parts.length === 0 ? 'Nothing is in the queue.' : parts.join(', ')
}
