import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js'
import { download } from '../bulk/download.ts'
import { awaitExport, endExport, startExport, type Waiting } from '../bulk/export-job.ts'
import type { ExportFile, Manifest } from '../bulk/manifest.ts'
import { readLines } from '../bulk/read-entries.ts'
import type { Connection } from '../ehr/request.ts'
import { AssessmentError } from '../errors.ts'
import { type Sweep, type SweepCount, sweepAll } from '../worker/sweep.ts'

export interface ExportSweep {
  readonly sweep: Sweep
  readonly connection: Connection
  readonly group?: string | undefined
  readonly waiting?: Waiting
}

export interface ExportCount extends SweepCount {
  /** Responses that the server says were deleted since. */
  readonly deleted: number
  /** Lines that could not be read, and errors that the server reports: what they stand for was not exported. */
  readonly faults: number
}

/**
 * The same as `sweep` over a Bulk Data export: what was changed since the last one, by the server's own clock. Stopped or killed, the next run goes on with the export
 * that was asked for. A run with faults does not count, so that the next one asks for the same again.
 */
export async function sweepExport(order: ExportSweep): Promise<ExportCount> {
  const { connection, sweep, waiting } = order
  const { values, tenant } = sweep
  const name = `bulk/${tenant}${order.group === undefined ? '' : `/${order.group}`}`
  const job = `${name}/job`
  const since = sweep.since ?? (await values.get(name))
  const { address, manifest } = await madeExport(order, job, since).catch(async (error: unknown) => {
    // One that failed is not waited for again.
    if (error instanceof AssessmentError && waiting?.signal?.aborted !== true) await values.set(job, '')
    throw error
  })
  const faults = { count: 0 }
  const read = (files: readonly ExportFile[]) => resourcesOf(order, manifest, files, faults)
  const count = await sweepAll(sweep, responsesIn(read(manifest.output.filter(({ type }) => type === 'QuestionnaireResponse'))))
  const deleted = await deletedIn(read(manifest.deleted))
  faults.count += await errorsIn(read(manifest.outcomes))
  if (waiting?.signal?.aborted === true) return { ...count, deleted, faults: faults.count }
  if (faults.count === 0) await values.set(name, manifest.transactionTime)
  await values.set(job, '')
  await endExport(connection, address)
  return { ...count, deleted, faults: faults.count }
}

/** The export that an earlier run asked for, if the server still has it; else a new one. */
async function madeExport({ connection, group, waiting, sweep: { values } }: ExportSweep, job: string, since: string | undefined) {
  const [address, from] = JSON.parse((await values.get(job)) || '[]') as [string?, string?]
  if (address !== undefined && (from ?? undefined) === since) {
    const manifest = await awaitExport(connection, address, waiting).catch(unlessGone)
    if (manifest !== undefined) return { address, manifest }
  }
  const started = await startExport(connection, { group, since })
  await values.set(job, JSON.stringify([started, since]))
  return { address: started, manifest: await awaitExport(connection, started, waiting) }
}

function unlessGone(error: unknown): undefined {
  if (!(error instanceof AssessmentError && (error.code === 'not-found' || error.code === 'deleted'))) throw error
}

/** The resources of files, one after the other, each line by itself; what cannot be read is counted. */
async function* resourcesOf(
  { connection, waiting }: ExportSweep,
  { requiresAccessToken }: Manifest,
  files: readonly ExportFile[],
  faults: { count: number },
): AsyncGenerator<FhirResource> {
  for (const { url } of files) {
    for await (const { entries } of readLines(download(connection, { url, isPrivate: requiresAccessToken, signal: waiting?.signal }))) {
      for (const { received } of entries) {
        if (typeof (received as FhirResource | null | undefined)?.resourceType === 'string') yield received as FhirResource
        else faults.count += 1
      }
    }
  }
}

async function* responsesIn(resources: AsyncIterable<FhirResource>): AsyncGenerator<QuestionnaireResponse> {
  for await (const resource of resources) if (resource.resourceType === 'QuestionnaireResponse') yield resource
}

async function deletedIn(resources: AsyncIterable<FhirResource>): Promise<number> {
  let count = 0
  for await (const resource of resources) {
    const entries = resource.resourceType === 'Bundle' ? (resource.entry ?? []) : []
    count += entries.filter(({ request }) => request?.method === 'DELETE' && /\bQuestionnaireResponse\//.test(request.url)).length
  }
  return count
}

async function errorsIn(resources: AsyncIterable<FhirResource>): Promise<number> {
  let count = 0
  for await (const resource of resources) {
    const issues = resource.resourceType === 'OperationOutcome' ? resource.issue : []
    count += issues.filter(({ severity }) => severity === 'error' || severity === 'fatal').length
  }
  return count
}
