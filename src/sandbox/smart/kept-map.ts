import { createHash } from 'node:crypto'
import type { Database } from '../fhir/database.ts'
import { type ExpiringMap, randomToken } from './expiring-map.ts'

interface KeptOptions<Value> {
  readonly database: Database
  /** What keeps this map apart from others in the same file. */
  readonly name: string
  readonly seconds: number
  readonly now: () => Date
  readonly write: (value: Value) => unknown
  /** Undefined: it means nothing any more. */
  readonly read: (written: never) => Value | undefined
}

const TABLE = `CREATE TABLE IF NOT EXISTS kept (
  name TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (name, key))`

/** A map whose entries are gone after so many seconds and not before, whatever becomes of the process. Keys stand in the file as hashes: who reads it has no token. */
export function createKeptMap<Value>({ database, name, seconds, now, write, read }: KeptOptions<Value>): ExpiringMap<Value> {
  database.execute(TABLE)
  const get = (key: string): Value | undefined => {
    const sql = 'SELECT value FROM kept WHERE name = ? AND key = ? AND until > ?'
    const [text] = database.column(sql, name, hashOf(key), now().getTime())
    return text === undefined ? undefined : read(JSON.parse(String(text)) as never)
  }
  return {
    get,
    take: (key) =>
      database.atomically(() => {
        const value = get(key)
        database.run('DELETE FROM kept WHERE name = ? AND key = ?', name, hashOf(key))
        return value
      }),
    add(value, key = randomToken()) {
      const time = now().getTime()
      database.run('DELETE FROM kept WHERE until <= ?', time)
      const sql = 'INSERT OR REPLACE INTO kept (name, key, value, until) VALUES (?, ?, ?, ?)'
      database.run(sql, name, hashOf(key), JSON.stringify(write(value)), time + seconds * 1000)
      return key
    },
  }
}

const hashOf = (key: string): string => createHash('sha256').update(key).digest('base64url')
