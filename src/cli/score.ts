import type { Writable } from 'node:stream'
import type { Questionnaire } from 'fhir/r4.js'
import { type BatchWriter, createBatchWriter } from '../bulk/batch-writer.ts'
import { createLineFormat, EMITS, type Emit } from '../bulk/line-format.ts'
import { readEntries } from '../bulk/read-entries.ts'
import { readHistory } from '../bulk/read-history.ts'
import { count, emptyTally, scoreBatch, type Tally } from '../bulk/score-entries.ts'
import { loadConfig, loadSite } from '../config.ts'
import { formsIn } from '../fhir/document-entries.ts'
import type { Language } from '../instrument/instrument.ts'
import { loadKnowledge } from '../load-knowledge.ts'
import { ruleSetVersions } from '../resources.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { isForm } from '../score/forms.ts'
import { isInstant } from '../trajectory/calendar.ts'
import { createHistoryIndex, type HistoryIndex } from '../trajectory/history-index.ts'
import { type Input, inputOf, inputsOf } from './open-input.ts'
import { openOutput } from './output.ts'
import { createProgress } from './progress.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface ScoreOptions {
  readonly emit: string
  readonly history?: string
  readonly forms?: string
  readonly recordedAt?: string
  readonly explain?: boolean
  readonly language?: string
  readonly rules?: string
  readonly out?: string
  readonly site?: string
}

/**
 * `kizuna score`: one result for each response, in the order of the input. Ends with 3 when any was refused; all others are written all the same.
 * When the reader of our output goes away, or the user asks to stop, whole lines have been written and nothing more is said.
 */
export async function score(files: readonly string[], options: ScoreOptions, shell: Shell): Promise<ExitCode> {
  const settings = settingsOf(options, shell)
  const inputs = await inputsOf(files, shell)
  const installed = loadKnowledge(loadSite(options.site ?? loadConfig(shell.env).KIZUNA_SITE), undefined, settings.rules)
  const knowledge = { ...installed, forms: await formsOf(options.forms, shell) }
  const history = await historyOf(options.history, knowledge, shell)
  const output = await openOutput(options.out, shell.out)
  const tally = emptyTally()
  try {
    await scoreInputs({ knowledge, history, inputs, shell, tally, settings, stream: output.stream, toFile: options.out !== undefined })
  } catch (error) {
    await output.discard()
    throw error
  }
  if (shell.stop.aborted) {
    await output.discard()
    return EXIT.interrupted
  }
  await output.keep()
  return tally.refused > 0 ? EXIT.refused : EXIT.done
}

interface Settings {
  readonly emit: Emit
  readonly recorded: string
  readonly explain: boolean
  /** Of the sentences in an explanation; none without it. */
  readonly language?: Language
  /** Version of the rule set; the newest without it. */
  readonly rules?: string
}

function settingsOf({ emit, explain = false, language, rules, recordedAt, history, forms }: ScoreOptions, { now }: Shell): Settings {
  if (!EMITS.some((one) => one === emit)) throw new UsageError(`--emit takes ${EMITS.join(', ')}.`)
  if (explain && emit !== 'summary') throw new UsageError('--explain adds to summaries: it goes with --emit summary only.')
  if (language !== undefined && !explain) throw new UsageError('--language is that of an explanation: it goes with --explain only.')
  if (language !== undefined && !isLanguage(language)) throw new UsageError('--language takes en or ja.')
  if (rules !== undefined && !ruleSetVersions().includes(rules))
    throw new UsageError(`--rules takes a version that is here: ${ruleSetVersions().join(', ')}.`)
  if (recordedAt !== undefined && !isInstant(recordedAt))
    throw new UsageError('--recorded-at takes a FHIR instant with seconds and zone, such as 2026-01-02T03:04:05Z.')
  if (forms === '-') throw new UsageError('--forms takes a file: standard input is for the responses.')
  if (history === '-') throw new UsageError('--history takes a file: standard input is for the responses.')
  return {
    emit: emit as Emit,
    recorded: recordedAt ?? now().toISOString(),
    explain,
    ...(language && { language }),
    ...(rules && { rules }),
  }
}

const isLanguage = (text: string): text is Language => text === 'en' || text === 'ja'

async function historyOf(file: string | undefined, { check }: Knowledge, shell: Shell): Promise<HistoryIndex> {
  if (file === undefined) return createHistoryIndex([])
  const input = await inputOf(file, shell)
  const { index, passedOver } = await readHistory(input.open(), check)
  for (const { line, why } of passedOver) shell.err.write(`warning: ${file}, line ${line} is passed over: ${why}\n`)
  return index
}

/** The definitions of other people's forms, whatever else stands in the file. */
async function formsOf(file: string | undefined, shell: Shell): Promise<readonly Questionnaire[]> {
  if (file === undefined) return []
  const input = await inputOf(file, shell)
  const forms: Questionnaire[] = []
  for await (const { entries } of readEntries(input.open(), (document) =>
    formsIn(document).map((received, index) => ({ line: index + 1, received })),
  ))
    forms.push(...entries.flatMap(({ received }) => (isForm(received) ? [received] : [])))
  if (forms.length === 0) shell.err.write(`warning: ${file} holds no Questionnaire that can be read\n`)
  return forms
}

interface Run {
  readonly knowledge: Knowledge
  readonly history: HistoryIndex
  readonly inputs: readonly Input[]
  readonly shell: Shell
  readonly tally: Tally
  readonly settings: Settings
  readonly stream: Writable
  readonly toFile: boolean
}

async function scoreInputs(run: Run): Promise<void> {
  const progress = createProgress(run.shell, run.toFile)
  const writer = createBatchWriter(run.stream)
  for (const input of run.inputs) await scoreInput(run, input, writer, progress.show)
  await writer.flush()
  progress.end(run.tally)
}

async function scoreInput(run: Run, input: Input, writer: BatchWriter, show: (tally: Tally) => void): Promise<void> {
  const { knowledge, history, tally, settings, shell } = run
  const format = createLineFormat(knowledge, settings)
  const file = run.inputs.length > 1 ? { file: input.name } : {}
  for await (const batch of readEntries(input.open())) {
    if (shell.stop.aborted) return
    scoreBatch(knowledge, history, batch, (result, { line }) => {
      count(tally, result)
      writer.add(format(result, { line, ...file }))
    })
    await writer.flow()
    show(tally)
  }
}
