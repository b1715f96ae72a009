import type { DatabaseSync } from 'node:sqlite'

const LAYOUT = 1

const SCHEMA = `
CREATE TABLE IF NOT EXISTS job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, once TEXT NOT NULL, lane TEXT NOT NULL, content TEXT NOT NULL,
  state TEXT NOT NULL, due INTEGER NOT NULL, sent INTEGER NOT NULL, failures INTEGER NOT NULL DEFAULT 0, takes INTEGER NOT NULL DEFAULT 0,
  reason TEXT, lease TEXT, until INTEGER, ended INTEGER
);
CREATE INDEX IF NOT EXISTS job_due ON job (due, id) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS job_taken ON job (lane, until) WHERE state = 'taken';
CREATE INDEX IF NOT EXISTS job_key ON job (key);
CREATE INDEX IF NOT EXISTS job_ended ON job (ended) WHERE state = 'done';
CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS claim (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until INTEGER NOT NULL);
`

/**
 * Makes the tables where they are missing. FULL: what was answered is on the disk also when the machine loses power. A file of another layout than this code
 * writes is refused, before anything is changed in it.
 */
export function prepareQueueTables(database: DatabaseSync, synchronous: 'FULL' | 'NORMAL'): void {
  database.exec(`PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}`)
  const layout = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (layout !== 0 && layout !== LAYOUT) throw new Error(`The queue's file has layout ${layout}; this version reads layout ${LAYOUT} only`)
  database.exec(`BEGIN IMMEDIATE; ${SCHEMA} PRAGMA user_version = ${LAYOUT}; COMMIT`)
}
