import type { Clause } from './clause.ts'
import { Database, type Row } from './database.ts'
import { indexRowsOf } from './index-rows.ts'
import type { AnyResource } from './resource.ts'
import { SEARCH_PARAMETERS } from './search-parameters.ts'
import { prepareTables } from './store-schema.ts'

/** One version of one resource. A deletion is a version without a resource. */
export interface Version {
  readonly key: number
  readonly type: string
  readonly id: string
  readonly version: number
  /** When it was written, milliseconds since 1970. */
  readonly at: number
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly resource?: AnyResource
}

export interface Write {
  readonly type: string
  readonly id: string
  readonly method: Version['method']
  readonly at: number
  /** Absent for a deletion. */
  readonly resource?: AnyResource
}

/** The keys of a search whose pages are still being read, in order, so that pages stay what they were while others write. */
export interface Snapshot {
  readonly id: string
  readonly type: string
  readonly query: string
  readonly at: number
  readonly keys: readonly number[]
}

/** The resources of the embedded EHR with all their versions. Every method is synchronous: nothing can come in between. */
export interface Store {
  /** All that `work` writes, or nothing of it if it throws. Inside another one it is part of that one. */
  atomically<T>(work: () => T): T
  /** The current version, which may be a deletion. */
  current(type: string, id: string): Version | undefined
  version(type: string, id: string, version: number): Version | undefined
  /** Newest first. */
  history(type: string, id: string): Version[]
  /** Adds the next version; sets id, versionId and lastUpdated, keeps the rest of meta. */
  put(write: Write): Version
  /** Whether a living resource `Type/id` is there. */
  has(ref: string): boolean
  /** Keys of the living resources of a type that fulfil the clause; in the given order, then of creation. */
  find(type: string, clause: Clause, order?: Clause): number[]
  /** Living resources in the order of their keys given. */
  load(keys: readonly number[]): Version[]
  /** Whether this content, were it the current one, would fulfil the clause. Leaves no trace. */
  wouldFulfil(resource: AnyResource, clause: Clause): boolean
  /** The first column of a query of the server's own. */
  column(query: Clause): (string | number)[]
  /** Hears of all versions that were written together, once they are kept. Returns how to stop listening. */
  listen(listener: (versions: readonly Version[]) => void): () => void
  keep(snapshot: Snapshot, expired: number): void
  snapshot(id: string): Snapshot | undefined
  close(): void
}

/**
 * Opens the store: in memory, or in a file that survives restarts (WAL; what was answered is kept also when the process is killed).
 * A file written with other search parameters is indexed anew; one of an unknown layout is refused.
 */
export function createStore({ file = ':memory:' }: { readonly file?: string } = {}): Store {
  const database = new Database(file)
  prepareTables(database)
  const store = new SqliteStore(database)
  store.prepareIndex()
  return store
}

const VERSION_COLUMNS = 'r.key, r.type, r.id, v.version, v.at, v.method, v.content'
const VERSIONS = `SELECT ${VERSION_COLUMNS} FROM resource r JOIN version v ON v.key = r.key`
const CURRENT = `${VERSIONS} AND v.version = r.version`

class SqliteStore implements Store {
  readonly #database: Database
  readonly #listeners = new Set<(versions: readonly Version[]) => void>()
  #written: Version[] | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Rebuilds the index if the file was indexed under another table of search parameters. */
  prepareIndex(): void {
    const parameters = JSON.stringify(SEARCH_PARAMETERS)
    this.atomically(() => {
      const [indexed] = this.#database.column("SELECT content FROM setting WHERE name = 'search-parameters'")
      if (indexed === parameters) return
      this.#database.run('DELETE FROM value')
      for (const { key, resource } of this.#versions(`${CURRENT} WHERE r.alive = 1`)) if (resource) this.#index(key, resource)
      this.#database.run("INSERT OR REPLACE INTO setting (name, content) VALUES ('search-parameters', ?)", parameters)
    })
  }

  atomically<T>(work: () => T): T {
    if (this.#written) return work()
    const written: Version[] = []
    this.#written = written
    try {
      const made = this.#database.atomically(work)
      if (written.length > 0) for (const listener of this.#listeners) listener(written)
      return made
    } finally {
      this.#written = undefined
    }
  }

  listen(listener: (versions: readonly Version[]) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  current(type: string, id: string): Version | undefined {
    return this.#versions(`${CURRENT} WHERE r.ref = ?`, `${type}/${id}`)[0]
  }

  version(type: string, id: string, version: number): Version | undefined {
    return this.#versions(`${VERSIONS} WHERE r.ref = ? AND v.version = ?`, `${type}/${id}`, version)[0]
  }

  history(type: string, id: string): Version[] {
    return this.#versions(`${VERSIONS} WHERE r.ref = ? ORDER BY v.version DESC`, `${type}/${id}`)
  }

  put({ type, id, method, at, resource }: Write): Version {
    return this.atomically(() => {
      const { key, version } = this.#nextVersion(type, id, resource !== undefined)
      const stored = resource && withServerMeta({ ...resource, id }, version, at)
      const content = stored ? JSON.stringify(stored) : null
      this.#database.run(
        'INSERT INTO version (key, version, at, method, content) VALUES (?, ?, ?, ?, ?)',
        key,
        version,
        at,
        method,
        content,
      )
      this.#database.run('DELETE FROM value WHERE key = ?', key)
      if (stored) this.#index(key, stored)
      const made: Version = { key, type, id, version, at, method, ...(stored && { resource: stored }) }
      this.#written?.push(made)
      return made
    })
  }

  has(ref: string): boolean {
    return this.#database.rows('SELECT 1 FROM resource WHERE ref = ? AND alive = 1', ref).length > 0
  }

  /** The plus signs keep SQLite from a plan by type, so that it starts from the first indexed criterion. */
  find(type: string, clause: Clause, order: Clause = { sql: 'r.key', values: [] }): number[] {
    const sql = `SELECT r.key FROM resource r WHERE +r.type = ? AND +r.alive = 1 AND ${clause.sql} ORDER BY ${order.sql}, r.key`
    return this.#database.column(sql, type, ...clause.values, ...order.values).map(Number)
  }

  load(keys: readonly number[]): Version[] {
    const found = this.#versions(`${CURRENT} WHERE r.alive = 1 AND r.key IN (SELECT value FROM json_each(?))`, JSON.stringify(keys))
    const byKey = new Map(found.map((version) => [version.key, version]))
    return keys.flatMap((key) => byKey.get(key) ?? [])
  }

  wouldFulfil(resource: AnyResource, clause: Clause): boolean {
    const type = resource.resourceType
    return this.#database.tentatively(() => {
      const { key } = this.#nextVersion(type, '?', true)
      this.#index(key, resource)
      return this.find(type, { sql: `r.key = ? AND ${clause.sql}`, values: [key, ...clause.values] }).length > 0
    })
  }

  column({ sql, values }: Clause): (string | number)[] {
    return this.#database.column(sql, ...values)
  }

  keep({ id, type, query, at, keys }: Snapshot, expired: number): void {
    this.#database.run('DELETE FROM snapshot WHERE at < ?', expired)
    this.#database.run('INSERT INTO snapshot (id, type, query, at, keys) VALUES (?, ?, ?, ?, ?)', id, type, query, at, JSON.stringify(keys))
  }

  snapshot(id: string): Snapshot | undefined {
    const [row] = this.#database.rows('SELECT * FROM snapshot WHERE id = ?', id)
    if (!row) return undefined
    return { id, type: String(row.type), query: String(row.query), at: Number(row.at), keys: JSON.parse(String(row.keys)) as number[] }
  }

  close(): void {
    this.#database.close()
  }

  #nextVersion(type: string, id: string, alive: boolean): { readonly key: number; readonly version: number } {
    const sql = `INSERT INTO resource (ref, type, id, version, alive) VALUES (?, ?, ?, 1, ?)
      ON CONFLICT (ref) DO UPDATE SET version = version + 1, alive = excluded.alive RETURNING key, version`
    const [row] = this.#database.rows(sql, `${type}/${id}`, type, id, alive ? 1 : 0)
    return { key: Number(row?.key), version: Number(row?.version) }
  }

  #index(key: number, resource: AnyResource): void {
    const insert = this.#database.statement('INSERT INTO value (key, type, param, text, part, low, high) VALUES (?, ?, ?, ?, ?, ?, ?)')
    for (const { param, text, part, low, high } of indexRowsOf(resource)) {
      insert.run(key, resource.resourceType, param, text ?? null, part ?? null, low ?? null, high ?? null)
    }
  }

  #versions(sql: string, ...values: readonly (string | number)[]): Version[] {
    return this.#database.rows(sql, ...values).map(versionOf)
  }
}

function versionOf({ key, type, id, version, at, method, content }: Row): Version {
  return {
    key: Number(key),
    type: String(type),
    id: String(id),
    version: Number(version),
    at: Number(at),
    method: method as Version['method'],
    ...(typeof content === 'string' && { resource: JSON.parse(content) as AnyResource }),
  }
}

/** `meta` with the server's own versionId and lastUpdated; tags, profiles and security labels stay as they came. */
function withServerMeta(resource: AnyResource, version: number, at: number): AnyResource {
  const { resourceType, id, meta, ...rest } = resource
  const stamped = { ...meta, versionId: String(version), lastUpdated: new Date(at).toISOString() }
  return { resourceType, ...(id !== undefined && { id }), meta: stamped, ...rest }
}
