import type { Database } from './database.ts'

const LAYOUT = 1

/**
 * The tables. `resource` is the identity (its key outlives versions and deletion), `version` every content it ever had, `value` what the
 * living can be found by: `text`/`part` for tokens, references, strings and urls, `low`/`high` for dates.
 */
const SCHEMA = `
CREATE TABLE IF NOT EXISTS resource (
  key INTEGER PRIMARY KEY, ref TEXT NOT NULL UNIQUE, type TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, alive INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS version (
  key INTEGER NOT NULL, version INTEGER NOT NULL, at INTEGER NOT NULL, method TEXT NOT NULL, content TEXT, PRIMARY KEY (key, version)
);
CREATE TABLE IF NOT EXISTS value (
  key INTEGER NOT NULL, type TEXT NOT NULL, param TEXT NOT NULL, text TEXT, part TEXT, low INTEGER, high INTEGER
);
CREATE INDEX IF NOT EXISTS value_text ON value (type, param, text, part, key) WHERE text IS NOT NULL;
CREATE INDEX IF NOT EXISTS value_date ON value (type, param, low, high, key) WHERE low IS NOT NULL;
CREATE INDEX IF NOT EXISTS value_key ON value (key, param);
CREATE TABLE IF NOT EXISTS snapshot (id TEXT PRIMARY KEY, type TEXT NOT NULL, query TEXT NOT NULL, at INTEGER NOT NULL, keys TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, content TEXT NOT NULL);
`

/** Makes the tables where they are missing. A file of another layout than this code writes is refused, before anything is changed in it. */
export function prepareTables(database: Database): void {
  const layout = Number(database.column('PRAGMA user_version')[0])
  if (layout !== 0 && layout !== LAYOUT) throw new Error(`The data file has layout ${layout}; this version reads layout ${LAYOUT} only`)
  database.execute(
    `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000; ${SCHEMA} PRAGMA user_version = ${LAYOUT}`,
  )
}
