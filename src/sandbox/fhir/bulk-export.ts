import type { Request, Response } from 'express'
import type { Call } from './call.ts'
import { all, type Clause } from './clause.ts'
import { refusal } from './refusal.ts'
import { parameterOf, SEARCH_PARAMETERS } from './search-parameters.ts'
import type { Version } from './store.ts'

interface ExportFile {
  readonly type: string
  /** NDJSON. */
  readonly content: Buffer
}

interface Export {
  readonly owner: string
  readonly request: string
  readonly transactionTime: string
  /** Resources still to be written, and all. */
  progress: { readonly done: number; readonly all: number }
  output: readonly ExportFile[]
  deleted: readonly ExportFile[]
  isReady: boolean
}

const KICK_OFF = /^\/(Patient\/)?\$export$/
const JOB = /^\/export\/([\w-]+)$/
const FILE = /^\/export\/([\w-]+)\/(output|deleted)\/(\d+)$/
const MOST_JOBS = 10
/** Written between two turns of everything else. */
const BATCH = 200

/**
 * Bulk Data export of the embedded EHR: of the system or its patients, asynchronous, `_type`, `_since` and what was deleted since; files in memory, for the client that
 * asked, until it deletes them or ten others were asked for. Answers false to what it is not asked.
 * @see https://hl7.org/fhir/uv/bulkdata/STU2/export.html
 */
export function createBulkExport(): (req: Request, res: Response, call: Call, client: string) => boolean {
  const jobs = new Map<string, Export>()
  const jobOf = (id: string, client: string): Export => {
    const job = jobs.get(id)
    if (job?.owner !== client) throw refusal(404, 'not-found', 'There is no such export')
    return job
  }
  return (req, res, call, client) => {
    const level = KICK_OFF.exec(req.path)
    if (level && req.method === 'GET') {
      const id = call.newId()
      const job = begin(call, req, client, level[1] !== undefined)
      for (const old of [...jobs.keys()].slice(0, Math.max(0, jobs.size + 1 - MOST_JOBS))) jobs.delete(old)
      jobs.set(id, job)
      res.status(202).set('Content-Location', `${call.base}/export/${id}`).end()
      return true
    }
    const [, id] = JOB.exec(req.path) ?? []
    if (id !== undefined && (req.method === 'GET' || req.method === 'DELETE')) {
      const job = jobOf(id, client)
      if (req.method === 'GET') sendStatus(res, job, `${call.base}/export/${id}`)
      else {
        jobs.delete(id)
        res.status(202).end()
      }
      return true
    }
    const [, of, list, index] = FILE.exec(req.path) ?? []
    if (of === undefined || req.method !== 'GET') return false
    const file = jobOf(of, client)[list as 'output' | 'deleted'][Number(index)]
    if (!file) throw refusal(404, 'not-found', 'There is no such file')
    sendFile(req, res, file)
    return true
  }
}

const PARAMETERS: ReadonlySet<string> = new Set(['_type', '_since', '_outputFormat'])

/** Which resources they are is settled at once; they are written to files bit by bit. */
function begin(call: Call, req: Request, owner: string, ofPatients: boolean): Export {
  if (!/\brespond-async\b/.test(req.get('prefer') ?? '')) throw refusal(400, 'required', 'An export needs Prefer: respond-async')
  const query = new URL(req.url, 'http://host').searchParams
  const unknown = [...query.keys()].find((name) => !PARAMETERS.has(name))
  if (unknown !== undefined) throw refusal(400, 'not-supported', 'This server exports by _type and _since only')
  const since = sinceOf(query.get('_since'))
  const types = typesOf(call, query.get('_type'), ofPatients)
  const found = types.map((type) => ({ type, keys: call.store.find(type, changedSince(call.access.clause(type, 'r'), since)) }))
  const total = found.reduce((sum, { keys }) => sum + keys.length, 0)
  const job: Export = {
    owner,
    request: `${call.base}${req.url}`,
    transactionTime: new Date(call.now).toISOString(),
    progress: { done: 0, all: total },
    output: [],
    deleted: since === undefined ? [] : deletedSince(call, types, since),
    isReady: false,
  }
  void write(call, job, found)
  return job
}

function sinceOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const since = Date.parse(text)
  if (Number.isNaN(since) || !text.includes('T')) throw refusal(400, 'value', '_since takes an instant')
  return since
}

/** Those asked for, each of which must be permitted; else all that are. */
function typesOf({ access }: Call, text: string | null, ofPatients: boolean): string[] {
  const known = Object.keys(SEARCH_PARAMETERS).filter((type) => !ofPatients || type === 'Patient' || parameterOf(type, 'patient'))
  if (text === null) return known.filter((type) => access.permits(type, 'r'))
  const asked = text.split(',')
  const unknown = asked.find((type) => !known.includes(type))
  if (unknown !== undefined) throw refusal(400, 'not-supported', '_type names a type that is not exported')
  return asked
}

function changedSince(permitted: Clause, since: number | undefined): Clause {
  if (since === undefined) return permitted
  const sql = 'r.key IN (SELECT n.key FROM version n WHERE n.key = r.key AND n.version = r.version AND n.at > ?)'
  return all([permitted, { sql, values: [since] }])
}

function deletedSince({ store }: Call, types: readonly string[], since: number): ExportFile[] {
  const sql = `SELECT r.ref FROM resource r JOIN version n ON n.key = r.key AND n.version = r.version
    WHERE r.alive = 0 AND n.at > ? AND r.type IN (SELECT value FROM json_each(?))`
  const refs = store.column({ sql, values: [since, JSON.stringify(types)] })
  if (refs.length === 0) return []
  const entry = refs.map((ref) => ({ request: { method: 'DELETE', url: ref } }))
  return [{ type: 'Bundle', content: Buffer.from(`${JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry })}\n`) }]
}

async function write({ store, now }: Call, job: Export, found: readonly { readonly type: string; readonly keys: readonly number[] }[]) {
  /** As it was when the export was asked for. */
  const then = (version: Version): Version | undefined =>
    version.at <= now ? version : store.history(version.type, version.id).find(({ at }) => at <= now)
  for (const { type, keys } of found) {
    const lines: string[] = []
    for (let start = 0; start < keys.length; start += BATCH) {
      await new Promise(setImmediate)
      const batch = keys.slice(start, start + BATCH)
      for (const { resource } of store.load(batch).flatMap((version) => then(version) ?? [])) lines.push(`${JSON.stringify(resource)}\n`)
      job.progress = { ...job.progress, done: job.progress.done + batch.length }
    }
    if (lines.length > 0) job.output = [...job.output, { type, content: Buffer.from(lines.join('')) }]
  }
  job.isReady = true
}

function sendStatus(res: Response, { isReady, progress, transactionTime, request, output, deleted }: Export, address: string): void {
  if (!isReady) {
    res
      .status(202)
      .set({ 'X-Progress': `${progress.done} of ${progress.all} resources`, 'Retry-After': '1' })
      .end()
    return
  }
  const files = (list: 'output' | 'deleted', made: readonly ExportFile[]) =>
    made.map(({ type }, index) => ({ type, url: `${address}/${list}/${index}` }))
  const manifest = {
    transactionTime,
    request,
    requiresAccessToken: true,
    output: files('output', output),
    deleted: files('deleted', deleted),
  }
  res
    .status(200)
    .type('application/json')
    .end(JSON.stringify({ ...manifest, error: [] }))
}

/** The whole file, or what follows a byte of it. */
function sendFile(req: Request, res: Response, { content }: ExportFile): void {
  res.set({ 'Content-Type': 'application/fhir+ndjson', 'Accept-Ranges': 'bytes' })
  const start = Number(/^bytes=(\d+)-$/.exec(req.get('range') ?? '')?.[1] ?? 0)
  if (start === 0 || start >= content.length) return void res.status(200).end(content)
  res
    .status(206)
    .set('Content-Range', `bytes ${start}-${content.length - 1}/${content.length}`)
    .end(content.subarray(start))
}
