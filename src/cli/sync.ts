import { loadConfig, loadSite } from '../config.ts'
import { createFhirServer, type FhirServer } from '../ehr/fhir-server.ts'
import type { Connection } from '../ehr/request.ts'
import { AssessmentError } from '../errors.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import { createLog } from '../log.ts'
import { type DurableStore, openStore } from '../queue/open-store.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { type SweepCount, sweep } from '../worker/sweep.ts'
import { createWork } from '../worker/work.ts'
import { createWorker } from '../worker/worker.ts'
import { baseUrlOf, connectionTo, tenantOf } from './connect.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'
import { type ExportCount, sweepExport } from './sweep-export.ts'

export interface SyncOptions {
  readonly from: string
  readonly since?: string
  readonly every?: string
  readonly bulk?: boolean
  readonly group?: string
  readonly data?: string
  readonly token?: string
  readonly site?: string
}

interface Run {
  readonly shell: Shell
  readonly tenant: string
  readonly server: FhirServer
  /** By Bulk Data export: over this connection, of this Group. */
  readonly bulk?: { readonly connection: Connection; readonly group?: string | undefined } | undefined
  readonly knowledge: Knowledge
  readonly store: DurableStore
  readonly since?: string | undefined
}

/**
 * `kizuna sync`: finds responses without results, or changed since, scores them and writes back; once, or every so many minutes until it is told to stop. Stopped
 * or killed midway, the next run continues. Ends with 3 where something could not be written: it stays in the queue.
 */
export async function sync(_: readonly string[], options: SyncOptions, shell: Shell): Promise<ExitCode> {
  const config = loadConfig(shell.env)
  const site = options.site ?? config.KIZUNA_SITE
  const since = sinceOf(options.since)
  const minutes = minutesOf(options.every)
  if (options.group !== undefined && options.bulk !== true) throw new UsageError('--group goes with --bulk.')
  const connection = await connectionTo({ url: options.from, flag: '--from', token: options.token, site }, shell)
  const server = createFhirServer(connection)
  const tenant = tenantOf(baseUrlOf({ url: options.from, flag: '--from' }), site, shell.env)?.id ?? 'default'
  const store = openStore({ folder: options.data ?? config.KIZUNA_DATA, now: () => shell.now().getTime() })
  const bulk = options.bulk === true ? { connection, group: options.group } : undefined
  const run: Run = { shell, tenant, server, bulk, knowledge: loadKnowledge(loadSite(site)), store, since }
  try {
    for (;;) {
      const code = await syncOnce(run)
      if (minutes === undefined || shell.stop.aborted) return code
      await pause(minutes * 60_000, shell.stop)
      if (shell.stop.aborted) return EXIT.done
    }
  } finally {
    store.close()
  }
}

async function syncOnce(run: Run): Promise<ExitCode> {
  const { shell, tenant, server, knowledge, store } = run
  const progress = progressOf(shell)
  const { queue } = store
  const found = await findResponses(run, progress)
  const log = createLog(loadConfig(shell.env).LOG_LEVEL, shell.err)
  const ended = new Map<string, number>()
  const work = createWork({ servers: new Map([[tenant, server]]), knowledge, store, now: shell.now })
  const worker = createWorker({
    queue,
    work,
    pause: 100,
    log: (level, event) => {
      if (event.event === 'job') progress.ended(ended, event.end === 'done' ? event.result : event.end)
      log(level, event)
    },
  })
  const stop = () => void worker.stop(5_000)
  shell.stop.addEventListener('abort', stop, { once: true })
  worker.start()
  await Promise.race([worker.drained(), aborted(shell.stop)])
  await worker.stop(5_000)
  shell.stop.removeEventListener('abort', stop)
  progress.clear()
  return report(shell, found, ended)
}

async function findResponses({ shell, store, since, bulk, ...run }: Run, { found, made }: ReturnType<typeof progressOf>): Promise<Found> {
  const { queue, values } = store
  const order = { ...run, queue, values, now: shell.now, since, signal: shell.stop, show: found }
  const waiting = { signal: shell.stop, show: made }
  const finding: Promise<Found> = bulk === undefined ? sweep(order) : sweepExport({ sweep: order, ...bulk, waiting })
  return finding.catch((error: unknown) => {
    if (shell.stop.aborted) return { seen: 0, scored: 0, passedOver: 0, queued: 0 }
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`${run.server.baseUrl} cannot be ${bulk === undefined ? 'searched' : 'exported from'}: ${error.message}.`)
  })
}

type Found = SweepCount & Partial<ExportCount>

function report({ out, stop }: Shell, found: Found, ended: ReadonlyMap<string, number>): ExitCode {
  const { seen, scored, passedOver, queued, deleted = 0, faults = 0 } = found
  const parts = [...ended].filter(([name]) => name !== 'postponed').map(([name, count]) => `${count} ${NAMES[name] ?? name}`)
  out.write(
    `${seen} responses seen: ${scored} had their results, ${passedOver} are forms of others, ${queued} new. ${parts.join(', ') || 'Nothing to do'}.\n`,
  )
  if (deleted > 0) out.write(`${deleted} responses were deleted since: their results stay as they are.\n`)
  if (faults > 0)
    out.write(
      `${faults} errors in the export: something is missing in it. What came was used; the next run asks for the same time again.\n`,
    )
  if (stop.aborted) return EXIT.interrupted
  const failed = (ended.get('retry') ?? 0) + (ended.get('dead') ?? 0)
  if (failed > 0) out.write('What failed stays in the queue: `kizuna queue list` says why; the next run, or `kizuna serve`, tries again.\n')
  return failed + faults > 0 || (ended.get('refused') ?? 0) > 0 ? EXIT.refused : EXIT.done
}

const NAMES: Readonly<Record<string, string>> = { retry: 'to be tried again', dead: 'failed for good', gone: 'gone meanwhile' }

function progressOf({ err, isTerminal }: Shell) {
  const show = (text: string): void => {
    if (isTerminal.err) err.write(`\r\u001b[K${text}`)
  }
  return {
    made: (progress: string) => show(`export: ${progress}`),
    found: ({ seen, queued }: SweepCount) => show(`${seen} responses seen, ${queued} to be scored`),
    ended: (counts: Map<string, number>, name: string) => {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      show([...counts].map(([what, count]) => `${count} ${what}`).join(', '))
    },
    clear: () => show(''),
  }
}

function sinceOf(text: string | undefined): string | undefined {
  if (text === undefined || /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)) return text
  throw new UsageError('--since takes a day or an instant, such as 2026-04-01 or 2026-04-01T09:00:00+09:00.')
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const minutes = Number(text)
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1_440) return minutes
  throw new UsageError('--every takes minutes, from 1 to 1440.')
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

const pause = async (milliseconds: number, stop: AbortSignal): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([elapsed, aborted(stop)])
  clearTimeout(timer)
}
