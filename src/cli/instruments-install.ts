import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadConfig, loadSite } from '../config.ts'
import { checkInstall } from '../instrument/check-install.ts'
import type { Instrument } from '../instrument/instrument.ts'
import { isForMothers, type TextPack } from '../instrument/text-pack.ts'
import { loadInstalled, packFilesIn } from '../load-installed.ts'
import { loadInstrumentSchemas } from '../load-schemas.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface InstallOptions {
  readonly packs?: string
  readonly site?: string
  readonly dryRun?: boolean
}

/**
 * `kizuna instruments install`: puts a text pack into the site's folder, where every shell finds it and the app too. Only a complete pack is taken; one fault
 * a line, by field, and 3. Doing it twice changes nothing; what a pack replaces is kept beside it. Nothing is half written: a file is made and then renamed.
 */
export async function instrumentsInstall([file]: readonly string[], options: InstallOptions, shell: Shell): Promise<ExitCode> {
  const site = loadSite(options.site ?? loadConfig(shell.env).KIZUNA_SITE)
  const folder = options.packs ?? site.packs
  if (folder === undefined)
    throw new UsageError('Nowhere to install: name a folder with --packs, or `packs` in the site file (--site, or KIZUNA_SITE).')
  const candidate = await readPack(file!)
  const { instruments } = loadInstalled(site)
  const faults = checkInstall(candidate, instruments, loadInstrumentSchemas().isTextPack)
  for (const { pointer, message } of faults) shell.out.write(`${file}: ${pointer || '/'}: ${message}\n`)
  if (faults.length > 0) {
    shell.out.write(`Not installed: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}. Nothing was changed.\n`)
    return EXIT.refused
  }
  return install(candidate as TextPack, { folder, dryRun: options.dryRun === true, instruments }, shell)
}

async function readPack(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`${file} cannot be read.`)
  })
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new UsageError(`${file} is not JSON.`)
  }
}

interface Place {
  readonly folder: string
  readonly dryRun: boolean
  readonly instruments: readonly Instrument[]
}

async function install(pack: TextPack, { folder, dryRun }: Place, { out }: Shell): Promise<ExitCode> {
  const { instrument, version, language, wordingVersion, status } = pack
  const place = join(folder, instrument, version)
  const target = join(place, `${language}.json`)
  const text = textOf(pack)
  const before = existsSync(target) ? await readFile(target, 'utf8') : undefined
  const name = `${instrument} ${version} in ${language}, wording ${wordingVersion}, ${status}`
  if (before === text) {
    if (!dryRun) await writeIndex(folder)
    out.write(`${name}: is installed already, nothing was changed\n`)
    return EXIT.done
  }
  if (!dryRun) {
    await mkdir(place, { recursive: true })
    if (before !== undefined) await keep(before, place)
    await writeWhole(target, text)
    await writeIndex(folder)
  }
  out.write(
    `${name}: ${dryRun ? 'would be installed' : 'installed'} as ${target}${before === undefined ? '' : '; what it replaces is kept'}\n`,
  )
  out.write(`${consequence(pack)}\n`)
  return EXIT.done
}

const consequence = ({ status }: TextPack): string =>
  isForMothers(status)
    ? 'Its Questionnaire is active, and the form may be handed to mothers. Publish again: kizuna publish --site …'
    : `Its Questionnaire stays a draft: wording of status ${status} is for recording from paper only.`

const textOf = (pack: TextPack): string => `${JSON.stringify(pack, null, 2)}\n`

/** Under a name of its own content, so that no two versions take each other's place. */
async function keep(text: string, place: string): Promise<void> {
  const { language, wordingVersion } = JSON.parse(text) as TextPack
  const replaced = join(place, 'replaced')
  await mkdir(replaced, { recursive: true })
  const label = wordingVersion.replaceAll(/[^\w.-]+/g, '-')
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 8)
  await writeWhole(join(replaced, `${language}.${label}.${digest}.json`), text)
}

/** What the app, which cannot list a folder, reads first. */
async function writeIndex(folder: string): Promise<void> {
  await writeWhole(join(folder, 'index.json'), `${JSON.stringify({ packs: packFilesIn(folder) }, null, 2)}\n`)
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.part`, text)
  await rename(`${file}.part`, file)
}
