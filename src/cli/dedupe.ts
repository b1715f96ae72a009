import type { Observation, RiskAssessment } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { softwareVersion } from '../resources.ts'
import { type Copied, type CopyGroup, findCopies } from '../write-back/find-copies.ts'
import { retractGroup } from '../write-back/retract-group.ts'
import { connect } from './connect.ts'
import { EXIT, type ExitCode, type Shell, UsageError } from './shell.ts'

export interface DedupeOptions {
  readonly on: string
  readonly token?: string
  readonly site?: string
  readonly apply?: boolean
  readonly json?: boolean
}

type Outcome = 'retracted' | 'planned' | 'changed meanwhile' | 'refused'

interface Row {
  readonly resource: string
  readonly version: string | undefined
  readonly keeps: string
  readonly by: CopyGroup['by']
  readonly differs: boolean
  readonly outcome: Outcome
}

/**
 * `kizuna dedupe`: copies that earlier re-submissions have left, and what would become of each; with `--apply` all but one of each are entered in error, only where
 * they are still what was read (If-Match), their history kept and a Provenance written. Stopped midway, the next run continues; a second run finds nothing. Ends with 3 when some were left.
 */
export async function dedupe(_: readonly string[], options: DedupeOptions, shell: Shell): Promise<ExitCode> {
  const { on: url, token, site } = options
  const server = await connect({ url, flag: '--on', token, site }, shell)
  const groups = findCopies(await readAll(server, shell))
  const rows: Row[] = []
  for (const group of groups) {
    if (shell.stop.aborted) return EXIT.interrupted
    const outcome = options.apply === true ? await retract(server, group, shell) : 'planned'
    const done = group.retract.map((copy) => ({ ...rowOf(group, copy), outcome }))
    rows.push(...done)
    if (options.json !== true) for (const row of done) shell.out.write(lineOf(row))
  }
  shell.out.write(
    options.json === true ? `${JSON.stringify({ server: server.baseUrl, copies: rows }, undefined, 2)}\n` : summaryOf(rows, server),
  )
  return rows.some(({ outcome }) => outcome === 'changed meanwhile' || outcome === 'refused') ? EXIT.refused : EXIT.done
}

/** In portions of a page, so that a stop is heard. Only what can be a copy is kept. */
async function readAll(server: FhirServer, { stop }: Shell): Promise<Copied[]> {
  const found: Copied[] = []
  try {
    for (const type of ['Observation', 'RiskAssessment'] as const) {
      const category: Record<string, string> = type === 'Observation' ? { category: 'survey' } : {}
      for await (const one of server.search<Observation | RiskAssessment>(type, { ...category, _count: '200' })) {
        if (stop.aborted) return []
        found.push(one)
      }
    }
    return found
  } catch (error) {
    if (!(error instanceof AssessmentError)) throw error
    throw new UsageError(`The results on ${server.baseUrl} cannot be read: ${error.message}. Nothing was changed.`)
  }
}

async function retract(server: FhirServer, group: CopyGroup, { now }: Shell): Promise<Outcome> {
  try {
    await retractGroup(server, group, { softwareVersion: softwareVersion(), recorded: now().toISOString() })
    return 'retracted'
  } catch (error) {
    if (!(error instanceof AssessmentError)) throw error
    if (error.code === 'conflict') return 'changed meanwhile'
    if (error.code === 'login' || error.code === 'transient')
      throw new UsageError(`The server no longer works with us: ${error.message}. Run it again; it continues where it stopped.`)
    return 'refused'
  }
}

const nameOf = ({ resourceType, id }: Copied): string => `${resourceType}/${id}`

const rowOf = ({ by, keep, differs }: CopyGroup, copy: Copied) => ({
  resource: nameOf(copy),
  version: copy.meta?.versionId,
  keeps: nameOf(keep),
  by,
  differs,
})

const lineOf = ({ outcome, resource, keeps, by, differs }: Row): string =>
  `${outcome} ${resource}, keeps ${keeps} (same ${by}${differs ? ', but they differ: score its response again' : ''})\n`

function summaryOf(rows: readonly Row[], { baseUrl }: FhirServer): string {
  if (rows.length === 0) return `No copies on ${baseUrl}.\n`
  const counts = [...Map.groupBy(rows, ({ outcome }) => outcome)].map(([outcome, { length }]) => `${length} ${outcome}`)
  const next = rows.some(({ outcome }) => outcome === 'planned')
    ? ' Nothing was changed: --apply enters them in error, each only if it is still as it was read.'
    : ''
  const differing = rows.some(({ differs, by }) => differs && by === 'identifier')
    ? ' Where copies differ, kizuna rescore --apply brings what is kept up to date.'
    : ''
  return `${rows.length} copies on ${baseUrl}: ${counts.join(', ')}.${next}${differing}\n`
}
