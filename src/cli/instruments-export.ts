import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bundle, Questionnaire } from 'fhir/r4.js'
import { loadConfig, loadSite } from '../config.ts'
import type { Instrument } from '../instrument/instrument.ts'
import { newestOf } from '../instrument/newest.ts'
import { primaryLanguage, type TextPack } from '../instrument/text-pack.ts'
import { loadInstalled } from '../load-installed.ts'
import { inDialect } from '../publish/dialect.ts'

import { buildQuestionnaire } from '../publish/questionnaire.ts'
import { wordingOf } from '../publish/wording.ts'
import { dialectNamed } from './dialect-named.ts'
import { openOutput } from './output.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface ExportOptions {
  readonly dialect?: string
  readonly language?: string
  readonly out?: string
  readonly site?: string
}

/**
 * `kizuna instruments export`: Questionnaires in the dialect of an engine and, if asked for, led by the wording of one language. On standard output,
 * into one file (`*.json`; several as a collection), or each into a file of its own in a folder. The newest version, or the one named: `epds|1.0.0`.
 */
export async function instrumentsExport(names: readonly string[], options: ExportOptions, shell: Shell): Promise<ExitCode> {
  const dialect = dialectNamed(options.dialect)
  const { instruments, textPacks: packs } = loadInstalled(loadSite(options.site ?? loadConfig(shell.env).KIZUNA_SITE))
  const chosen = chosenOf(instruments, names)
  const questionnaires = chosen.map((instrument) => inDialect(worded(instrument, packs, options.language), dialect))
  if (options.out === undefined || options.out.endsWith('.json')) await write(textOf(together(questionnaires)), options.out, shell)
  else await writeEach(questionnaires, options.out, shell)
  return EXIT.done
}

function chosenOf(installed: readonly Instrument[], names: readonly string[]): readonly Instrument[] {
  const newest = newestOf(installed)
  if (names.length === 0) return newest
  return names.map((name) => {
    const found = newest.find(({ id }) => id === name) ?? installed.find(({ id, version }) => `${id}|${version}` === name)
    if (found) return found
    throw new UsageError(`No such instrument: ${name}. Installed: ${installed.map(({ id, version }) => `${id}|${version}`).join(', ')}.`)
  })
}

function worded(instrument: Instrument, packs: readonly TextPack[], language: string | undefined): Questionnaire {
  const own = packs.filter((pack) => pack.instrument === instrument.id && pack.version === instrument.version)
  const wording = wordingOf(instrument, own, language)
  if (wording !== undefined && (language === undefined || primaryLanguage(wording.language) === primaryLanguage(language)))
    return buildQuestionnaire(instrument, wording)
  const there = own.map((pack) => pack.language).join(', ') || 'none'
  throw new UsageError(`${instrument.id} ${instrument.version} has no wording in this language. Installed: ${there}.`)
}

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const together = (questionnaires: readonly Questionnaire[]): Questionnaire | Bundle => {
  const [first, second] = questionnaires
  if (first !== undefined && second === undefined) return first
  const entry = questionnaires.map((resource) => ({ fullUrl: resource.url!, resource }))
  return { resourceType: 'Bundle', type: 'collection', entry }
}

async function writeEach(questionnaires: readonly Questionnaire[], folder: string, shell: Shell): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(() => {
    throw new UsageError(`${folder} is no folder and cannot be made one: name a folder, or a file that ends in .json.`)
  })
  for (const questionnaire of questionnaires) {
    const file = join(folder, `Questionnaire-${questionnaire.id}.json`)
    await write(textOf(questionnaire), file, shell)
    shell.out.write(`${file}: ${questionnaire.url}|${questionnaire.version}, ${questionnaire.language}, ${questionnaire.status}\n`)
  }
}

async function write(text: string, file: string | undefined, { out }: Shell): Promise<void> {
  const output = await openOutput(file, out)
  output.stream.write(text)
  await output.keep()
}
