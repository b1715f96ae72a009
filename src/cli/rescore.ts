import { createHash } from 'node:crypto'
import { type BatchWriter, createBatchWriter } from '../bulk/batch-writer.ts'
import { loadConfig, loadSite } from '../config.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { type Rescored, rescore as rescoreResponses, type Which } from '../write-back/rescore.ts'
import { connect } from './connect.ts'
import { openOutput } from './output.ts'
import { csvHead, csvRow } from './rescore-csv.ts'
import { openRescoreState, type RescoreState } from './rescore-state.ts'
import { tableHead, tableRow } from './rescore-table.ts'
import { countRescored, emptyRescoreTally, examined, grouped, type RescoreTally, rescoreSummary } from './rescore-tally.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface RescoreOptions {
  readonly from: string
  readonly token?: string
  readonly format?: string
  readonly out?: string
  readonly since?: string
  readonly until?: string
  readonly patient?: string
  readonly instrument?: string
  readonly apply?: boolean
  readonly state?: string
  readonly concurrency: string
  readonly site?: string
}

interface Format {
  readonly head: string
  readonly row: (one: Rescored) => string
}

const FORMATS: Readonly<Record<string, Format>> = {
  table: { head: tableHead(), row: tableRow },
  json: { head: '', row: (one) => (one.change === 'same' ? '' : `${JSON.stringify(one)}\n`) },
  csv: { head: csvHead(), row: csvRow },
}

/**
 * `kizuna rescore`: holds stored results against the current rules and says who changes tier and why. Writes to the server only with `--apply`.
 * Run again it finds what still differs; with `--state` the report of a run that was killed is told to its end. Ends with 3 when any was refused or failed.
 */
export async function rescore(_: readonly string[], options: RescoreOptions, shell: Shell): Promise<ExitCode> {
  const knowledge = loadKnowledge(loadSite(options.site ?? loadConfig(shell.env).KIZUNA_SITE))
  const run: Run = {
    shell,
    knowledge,
    server: await connect({ url: options.from, flag: '--from', token: options.token, site: options.site }, shell),
    which: whichOf(options, knowledge),
    format: formatOf(options, shell),
    concurrency: concurrencyOf(options.concurrency),
    apply: options.apply === true,
    tally: emptyRescoreTally(),
  }
  const state = openRescoreState(options.state, nameOf(run))
  const output = await openOutput(options.out, shell.out)
  try {
    await report(run, state, createBatchWriter(output.stream))
  } catch (error) {
    state.close(false)
    await output.discard()
    throw asUsage(error, options.state)
  }
  state.close(!shell.stop.aborted)
  if (shell.stop.aborted) {
    await output.discard()
    return EXIT.interrupted
  }
  await output.keep()
  shell.err.write(`${shell.isTerminal.err ? CLEAR : ''}${rescoreSummary(run.tally, run.apply)}`)
  return run.tally.changes.has('refused') || run.tally.changes.has('failed') ? EXIT.refused : EXIT.done
}

interface Run {
  readonly shell: Shell
  readonly knowledge: Knowledge
  readonly server: FhirServer
  readonly which: Which
  readonly format: Format
  readonly concurrency: number
  readonly apply: boolean
  readonly tally: RescoreTally
}

async function report(run: Run, state: RescoreState, writer: BatchWriter): Promise<void> {
  const { shell, format, tally } = run
  const show = createShow(shell)
  const tell = async (one: Rescored) => {
    countRescored(tally, one)
    writer.add(format.row(one))
    await writer.flow()
    show(tally)
  }
  writer.add(format.head)
  for await (const one of state.found()) await tell(one)
  for await (const one of rescoreResponses(rescoringOf(run, state))) {
    await tell(state.done(one))
    if (shell.stop.aborted) break
  }
  await writer.flush()
}

function rescoringOf(
  { server, knowledge, which, concurrency, apply, shell }: Run,
  state: RescoreState,
): Parameters<typeof rescoreResponses>[0] {
  const since = state.since()
  return {
    server,
    knowledge,
    which: since === undefined || (which.since ?? '') > since ? which : { ...which, since },
    concurrency,
    isDone: state.isDone,
    ...(apply && { apply: { recording: () => ({ recorded: shell.now().toISOString() }), before: state.planned } }),
  }
}

/** What makes two runs the same, so that one may go on where the other stopped; a hash, since a site file is the site's. */
function nameOf({ server, which, apply, knowledge: { ruleSetHash, site } }: Run): string {
  return createHash('sha256')
    .update(JSON.stringify([server.baseUrl, which, apply, ruleSetHash, site]))
    .digest('hex')
}

function formatOf({ format, out }: RescoreOptions, { isTerminal }: Shell): Format {
  const name = format ?? (isTerminal.out && out === undefined ? 'table' : 'json')
  const found = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined
  if (found === undefined) throw new UsageError(`--format takes ${Object.keys(FORMATS).join(', ')}.`)
  return found
}

const DATE = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?)?)?$/

function whichOf({ since, until, patient, instrument }: RescoreOptions, { instruments }: Knowledge): Which {
  for (const date of [since, until])
    if (date !== undefined && !DATE.test(date)) throw new UsageError('--since and --until take a date such as 2026-01-31.')
  const chosen = instrument?.split(',')
  const unknown = chosen?.filter((id) => !instruments.some((one) => one.id === id)) ?? []
  if (unknown.length > 0)
    throw new UsageError(`--instrument takes ${[...new Set(instruments.map(({ id }) => id))].join(', ')}; not ${unknown.join(', ')}.`)
  const id = patient?.replace(/^Patient\//, '')
  if (id !== undefined && !/^[A-Za-z0-9\-.]{1,64}$/.test(id)) throw new UsageError('--patient takes the id of a Patient on the server.')
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(id !== undefined && { subject: `Patient/${id}` }),
    ...(chosen !== undefined && { instruments: chosen }),
  }
}

function concurrencyOf(text: string): number {
  const number = Number(text)
  if (/^\d{1,2}$/.test(text) && number > 0) return number
  throw new UsageError('--concurrency takes a number from 1 to 99.')
}

/** A search that fails ends the run; what was found and written so far stands. */
function asUsage(error: unknown, state: string | undefined): unknown {
  if (!(error instanceof AssessmentError)) return error
  const again =
    state === undefined ? 'Run it again: it finds what still differs.' : 'Run it again with the same --state: it goes on where it stopped.'
  if (['login', 'expired', 'forbidden'].includes(error.code))
    return new UsageError(`${error.message}: it does not let us read QuestionnaireResponse; name a file with a valid token with --token.`)
  return new UsageError(`${error.message}. What was written stands. ${again}`)
}

const EVERY_MS = 200
const CLEAR = '\r\u001b[K'

/** Progress on a terminal only; while the report scrolls over the same terminal nothing is shown. */
function createShow({ err, isTerminal, now }: Shell): (tally: RescoreTally) => void {
  if (!isTerminal.err || isTerminal.out) return () => undefined
  const started = now().getTime()
  let shown = started
  return (tally) => {
    const time = now().getTime()
    if (time - shown < EVERY_MS) return
    shown = time
    const rate = Math.round((examined(tally) / (time - started)) * 1000)
    const differ = examined(tally) - (tally.changes.get('same') ?? 0)
    err.write(`${CLEAR}${grouped(examined(tally))} examined, ${grouped(differ)} differ, ${grouped(rate)} a second`)
  }
}
