import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { FhirResource } from 'fhir/r4.js'
import type { Binding } from './instrument/binding.ts'
import type { Instrument } from './instrument/instrument.ts'
import type { TextPack } from './instrument/text-pack.ts'
import type { Publication } from './publish/artifact.ts'
import type { RuleSet } from './risk/rule-set.ts'
import type { Schedule } from './schedule/schedule.ts'

/** The folder of everything that is data. */
export const RESOURCES = join(dirname(fileURLToPath(import.meta.url)), '..', 'resources')

/** A JSON file below `resources/`. */
export const readResource = <T>(...path: string[]): T => JSON.parse(readFileSync(join(RESOURCES, ...path), 'utf8')) as T

const folders = (...path: string[]): string[] =>
  readdirSync(join(RESOURCES, ...path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()

const jsonFiles = (...path: string[]): string[] =>
  readdirSync(join(RESOURCES, ...path))
    .filter((name) => name.endsWith('.json'))
    .sort()

/** Every instrument in every version. */
export const loadInstruments = (): Instrument[] =>
  folders('instruments').flatMap((id) =>
    folders('instruments', id).map((version) => readResource<Instrument>('instruments', id, version, 'instrument.json')),
  )

/** Every text pack that comes with the project. */
export const loadTextPacks = (): TextPack[] =>
  loadInstruments().flatMap(({ id, version }) =>
    jsonFiles('instruments', id, version, 'text').map((file) => readResource<TextPack>('instruments', id, version, 'text', file)),
  )

/** How forms of others stand for our instruments. */
export const loadBindings = (): Binding[] => jsonFiles('bindings').map((file) => readResource<Binding>('bindings', file))

/** The versions of the rule set, the newest last. */
export const ruleSetVersions = (): string[] =>
  jsonFiles('rules', 'perinatal')
    .map((file) => file.replace(/\.json$/, ''))
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))

const ruleSetFile = (version = ruleSetVersions().at(-1)!): string => join(RESOURCES, 'rules', 'perinatal', `${version}.json`)

/** The newest rule set, or the version asked for (one of `ruleSetVersions`), and the SHA-256 of its file. */
export function loadRuleSet(version?: string): { ruleSet: RuleSet; ruleSetHash: string } {
  const bytes = readFileSync(ruleSetFile(version))
  return { ruleSet: JSON.parse(bytes.toString('utf8')) as RuleSet, ruleSetHash: createHash('sha256').update(bytes).digest('hex') }
}

/** The text of the newest rule set, as it is published. */
export const loadRuleSetText = (): string => readFileSync(ruleSetFile(), 'utf8')

/** The newest rule set in plain words, as Markdown, by language. */
export const loadRuleSetPages = (): Map<string, string> =>
  new Map(['en', 'ja'].map((language) => [language, readFileSync(join(RESOURCES, 'clinician', `rules.${language}.md`), 'utf8')]))

/** The screening schedules. */
export const loadSchedules = (): Schedule[] => jsonFiles('schedules').map((file) => readResource<Schedule>('schedules', file))

/** What is true of the publication as a whole. */
export const loadPublication = (): Publication => readResource<Publication>('publication.json')

export const softwareVersion = (): string =>
  (JSON.parse(readFileSync(join(RESOURCES, '..', 'package.json'), 'utf8')) as { version: string }).version

/** The published artifacts as they are committed. */
export const loadArtifacts = (): FhirResource[] => jsonFiles('fhir').map((file) => readResource<FhirResource>('fhir', file))
