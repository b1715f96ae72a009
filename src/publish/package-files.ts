import type { FhirResource } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import { type Artifact, PUBLISHER, type Publication } from './artifact.ts'
import { GOLDEN_HISTORY, type GoldenCase } from './golden.ts'

/** What a FHIR package is made of. */
export interface PackageSources {
  readonly publication: Publication
  readonly artifacts: readonly Artifact[]
  readonly golden: readonly GoldenCase[]
}

/** One file of a package, by its path in the archive. */
export interface PackageFile {
  readonly path: string
  readonly text: string
}

const EXAMPLE = 'graded'

/**
 * The files of the FHIR package: `package/` with the artifacts, `package/example/` with one scored response of each instrument,
 * `package/golden/` with all cases for other teams' engines, one a line. Each folder of resources has its index.
 * @see https://hl7.org/fhir/packages.html
 */
export function buildPackageFiles({ publication, artifacts, golden }: PackageSources): PackageFile[] {
  const shown = golden.filter(({ response }) => response.id!.endsWith(`-${EXAMPLE}`))
  const examples: FhirResource[] = [...GOLDEN_HISTORY, ...shown.flatMap(({ response, resources }) => [response, ...resources])]
  return [
    { path: 'package/package.json', text: textOf(manifestOf(publication)) },
    ...resourceFiles('package', artifacts),
    ...resourceFiles('package/example', examples),
    { path: 'package/golden/README.md', text: GOLDEN_README },
    linesFile('history', GOLDEN_HISTORY),
    linesFile(
      'responses',
      golden.map(({ response }) => response),
    ),
    linesFile(
      'summaries',
      golden.map(({ summary }) => summary),
    ),
    linesFile(
      'bundles',
      golden.map(({ bundle }) => bundle),
    ),
  ]
}

const GOLDEN_README = `# Golden cases

Line n of \`responses.ndjson\` is a QuestionnaireResponse, line n of \`summaries.ndjson\` what scoring it must give (scores, tier, rules), line n of
\`bundles.ndjson\` the transaction of a first write, with the recorded time 2026-03-31T01:00:05Z. \`history.ndjson\` holds what is known besides: the
woman, and an infant born 30 days earlier. Nobody in it exists. A missing or declined answer gives bounds, never a number.
`

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const linesFile = (name: string, values: readonly unknown[]): PackageFile => ({
  path: `package/golden/${name}.ndjson`,
  text: values.map((value) => `${JSON.stringify(value)}\n`).join(''),
})

function resourceFiles(folder: string, resources: readonly FhirResource[]): PackageFile[] {
  const index = { 'index-version': 2, files: resources.map(indexEntryOf) }
  return [
    { path: `${folder}/.index.json`, text: textOf(index) },
    ...resources.map((resource) => ({ path: `${folder}/${fileOf(resource)}`, text: textOf(resource) })),
  ]
}

const fileOf = ({ resourceType, id }: FhirResource): string => `${resourceType}-${id}.json`

const INDEXED = ['resourceType', 'id', 'url', 'version', 'kind', 'type', 'supplements', 'content', 'valueSet', 'derivation'] as const

/** What loaders look for without opening the file; only what is a plain text (the `type` of a Library is not). */
function indexEntryOf(resource: FhirResource): Record<string, string> {
  const texts = INDEXED.flatMap((key) => {
    const value = (resource as unknown as Record<string, unknown>)[key]
    return typeof value === 'string' ? [[key, value] as const] : []
  })
  return { filename: fileOf(resource), ...Object.fromEntries(texts) }
}

function manifestOf({ packageId, version, title, description, license, date, dependencies }: Publication) {
  return {
    name: packageId,
    version,
    type: 'IG',
    title: title.en,
    description,
    author: PUBLISHER,
    canonical: BASE,
    url: `${BASE}/ImplementationGuide/${packageId}`,
    license,
    date: `${date.replaceAll('-', '')}000000`,
    keywords: ['perinatal', 'EPDS', 'MIBS-J', 'PBQ', 'PHQ-9', 'bonding', 'depression'],
    fhirVersions: ['4.0.1'],
    dependencies: {
      'hl7.fhir.r4.core': '4.0.1',
      ...Object.fromEntries(dependencies.map((dependency) => [dependency.packageId, dependency.version])),
    },
    directories: { lib: 'package', example: 'example' },
  }
}
