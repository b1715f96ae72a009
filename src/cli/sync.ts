import { loadConfig, loadSite } from '../config.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import { createLog } from '../log.ts'
import { type DurableStore, openStore } from '../queue/open-store.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { type SweepCount, sweep } from '../worker/sweep.ts'
import { createWork } from '../worker/work.ts'
import { createWorker } from '../worker/worker.ts'
import { baseUrlOf, connect, tenantOf } from './connect.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface SyncOptions {
  readonly from: string
  readonly since?: string
  readonly every?: string
  readonly data?: string
  readonly token?: string
  readonly site?: string
}

interface Run {
  readonly shell: Shell
  readonly tenant: string
  readonly server: FhirServer
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
  const server = await connect({ url: options.from, flag: '--from', token: options.token, site }, shell)
  const tenant = tenantOf(baseUrlOf({ url: options.from, flag: '--from' }), site, shell.env)?.id ?? 'default'
  const store = openStore({ folder: options.data ?? config.KIZUNA_DATA, now: () => shell.now().getTime() })
  const run: Run = { shell, tenant, server, knowledge: loadKnowledge(loadSite(site)), store, since }
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

async function syncOnce({ shell, tenant, server, knowledge, store, since }: Run): Promise<ExitCode> {
  const progress = progressOf(shell)
  const { queue, values } = store
  const found = await sweep({
    tenant,
    server,
    knowledge,
    queue,
    values,
    now: shell.now,
    since,
    signal: shell.stop,
    show: progress.found,
  }).catch((error: unknown) => {
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`${server.baseUrl} cannot be searched: ${error.message}.`)
  })
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

function report({ out, stop }: Shell, { seen, scored, passedOver, queued }: SweepCount, ended: ReadonlyMap<string, number>): ExitCode {
  const parts = [...ended].filter(([name]) => name !== 'postponed').map(([name, count]) => `${count} ${NAMES[name] ?? name}`)
  out.write(
    `${seen} responses seen: ${scored} had their results, ${passedOver} are forms of others, ${queued} new. ${parts.join(', ') || 'Nothing to do'}.\n`,
  )
  if (stop.aborted) return EXIT.interrupted
  const failed = (ended.get('retry') ?? 0) + (ended.get('dead') ?? 0)
  if (failed > 0) out.write('What failed stays in the queue: `kizuna queue list` says why; the next run, or `kizuna serve`, tries again.\n')
  return failed > 0 || (ended.get('refused') ?? 0) > 0 ? EXIT.refused : EXIT.done
}

const NAMES: Readonly<Record<string, string>> = { retry: 'to be tried again', dead: 'failed for good', gone: 'gone meanwhile' }

function progressOf({ err, isTerminal }: Shell) {
  const show = (text: string): void => {
    if (isTerminal.err) err.write(`\r\u001b[K${text}`)
  }
  return {
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
