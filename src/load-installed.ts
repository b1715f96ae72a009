import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FhirResource } from 'fhir/r4.js'
import { ConfigError } from './config.ts'
import type { Binding } from './instrument/binding.ts'
import { checkBinding } from './instrument/check-binding.ts'
import { checkInstrument } from './instrument/check-instrument.ts'
import { checkTextPack } from './instrument/check-text-pack.ts'
import type { Fault } from './instrument/fault.ts'
import type { Instrument } from './instrument/instrument.ts'
import { isSameWording, type TextPack } from './instrument/text-pack.ts'
import { loadBindingSchema, loadInstrumentSchemas } from './load-schemas.ts'
import { type ArtifactSources, buildArtifacts } from './publish/build-artifacts.ts'
import type { Codes } from './publish/code-system.ts'
import type { R4Base } from './publish/snapshot.ts'
import {
  loadArtifacts,
  loadBindings,
  loadInstruments,
  loadPublication,
  loadRuleSet,
  loadRuleSetPages,
  loadRuleSetText,
  loadSchedules,
  loadTextPacks,
  readResource,
} from './resources.ts'
import { DEFAULT_SITE, type Site } from './risk/knowledge.ts'

/** What the project brings and what the site adds. */
export interface Installed {
  readonly instruments: readonly Instrument[]
  /** The site's own first. */
  readonly bindings: readonly Binding[]
  /** A pack of the site stands in place of the project's of the same instrument, version and language. */
  readonly textPacks: readonly TextPack[]
}

type Folders = Pick<Site, 'instruments' | 'bindings' | 'packs'>

/**
 * Everything that is installed: `resources/` and the folders that the site file names. Throws ConfigError, naming file and place, for anything in them
 * that is not as it must be: a score from half an instrument would be worse than none.
 */
export function loadInstalled(site: Folders = DEFAULT_SITE): Installed {
  const { installed, faults } = readInstalled(site)
  const [first] = faults
  if (first === undefined) return installed
  const own = faults.filter(({ file }) => file === first.file)
  const said = own.slice(0, 5).map(({ pointer, message }) => `${pointer || '/'} ${message}`)
  const more = faults.length - said.length
  throw new ConfigError(`${first.file} is not usable: ${said.join('; ')}${more > 0 ? `; ${more} more: kizuna instruments check` : ''}`)
}

/** A fault with the file that it is in. */
export type FileFault = Fault & { readonly file: string }

/** What is installed as far as it is as it must be, and every fault of what the site adds. */
export function readInstalled(site: Folders): { readonly installed: Installed; readonly faults: readonly FileFault[] } {
  const faults: FileFault[] = []
  const own = siteInstruments(site.instruments, faults)
  const instruments = [...loadInstruments(), ...own.map(({ instrument }) => instrument)]
  const packs = [...sitePacks(site.packs, instruments, faults), ...own.flatMap((one) => one.packs)]
  const bindings = [...siteBindings(site.bindings, instruments, faults), ...loadBindings()]
  const kept = loadTextPacks().filter((pack) => !packs.some((one) => isSameWording(one, pack)))
  return { installed: { instruments, bindings, textPacks: [...packs, ...kept] }, faults }
}

/** Keeps what has no fault, and the faults of the rest. */
function isSound(file: string, found: readonly Fault[], faults: FileFault[]): boolean {
  faults.push(...found.map((fault) => ({ ...fault, file })))
  return found.length === 0
}

/** The artifacts of all that is installed; without anything of the site's they are those that are committed. */
export function loadInstalledArtifacts(site: Folders = DEFAULT_SITE): FhirResource[] {
  if (site.instruments === undefined && site.packs === undefined) return loadArtifacts()
  return buildArtifacts({ ...loadArtifactSources(), ...loadInstalled(site) })
}

/** What the published artifacts are made of, from `resources/`. */
export const loadArtifactSources = (): ArtifactSources => ({
  ...loadRuleSet(),
  ruleSetText: loadRuleSetText(),
  ruleSetPages: loadRuleSetPages(),
  publication: loadPublication(),
  instruments: loadInstruments(),
  textPacks: loadTextPacks(),
  codes: readResource<Codes>('codes.json'),
  schedules: loadSchedules(),
  r4Base: readResource<R4Base>('schemas', 'r4-base.json'),
})

interface SiteInstrument {
  readonly instrument: Instrument
  readonly packs: readonly TextPack[]
}

/** `<folder>/<id>/<version>/instrument.json`, with its packs in `text/`, as in `resources/instruments`. */
function siteInstruments(folder: string | undefined, faults: FileFault[]): SiteInstrument[] {
  if (folder === undefined) return []
  const schemas = loadInstrumentSchemas()
  const taken = loadInstruments()
  return foldersIn(folder)
    .flatMap((id) => foldersIn(join(folder, id)).map((version) => join(folder, id, version)))
    .flatMap((place) => {
      const file = join(place, 'instrument.json')
      const instrument = readJson(file) as Instrument
      const text = join(place, 'text')
      const packs = existsSync(text) ? jsonFilesIn(text).map((name) => readJson(join(text, name)) as TextPack) : []
      const isTaken = taken.some(({ id, version }) => id === instrument.id && version === instrument.version)
      const found = [
        ...checkInstrument(instrument, packs, schemas),
        ...(isTaken ? [{ pointer: '/version', message: `${instrument.id} ${instrument.version} comes with the project` }] : []),
      ]
      return isSound(file, found, faults) ? [{ instrument, packs }] : []
    })
}

/** `<folder>/<instrument>/<version>/<language>.json`, as `instruments install` puts them there. */
function sitePacks(folder: string | undefined, instruments: readonly Instrument[], faults: FileFault[]): TextPack[] {
  if (folder === undefined || !existsSync(folder)) return []
  const { isTextPack } = loadInstrumentSchemas()
  return packFilesIn(folder).flatMap((name) => {
    const file = join(folder, name)
    const pack = readJson(file) as TextPack
    const instrument = instruments.find(({ id, version }) => id === pack.instrument && version === pack.version)
    const unknown = { pointer: '/instrument', message: `${pack.instrument} ${pack.version} is not installed` }
    return isSound(file, instrument === undefined ? [unknown] : checkTextPack(instrument, pack, isTextPack), faults) ? [pack] : []
  })
}

/** The packs in a folder, as paths in it; what was replaced is not among them. */
export const packFilesIn = (folder: string): string[] =>
  foldersIn(folder).flatMap((id) =>
    foldersIn(join(folder, id)).flatMap((version) => jsonFilesIn(join(folder, id, version)).map((name) => `${id}/${version}/${name}`)),
  )

function siteBindings(folder: string | undefined, instruments: readonly Instrument[], faults: FileFault[]): Binding[] {
  if (folder === undefined) return []
  const isBinding = loadBindingSchema()
  return jsonFilesIn(folder).flatMap((name) => {
    const file = join(folder, name)
    const binding = readJson(file)
    return isSound(file, checkBinding(binding, instruments, isBinding), faults) ? [binding as Binding] : []
  })
}

const foldersIn = (folder: string): string[] =>
  entriesOf(folder)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()

const jsonFilesIn = (folder: string): string[] =>
  entriesOf(folder)
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map(({ name }) => name)
    .sort()

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    throw new ConfigError(`The folder ${folder}, named in the site file, cannot be read`)
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (error) {
    throw new ConfigError(`${file} ${error instanceof SyntaxError ? 'is not JSON' : 'cannot be read'}`)
  }
}
