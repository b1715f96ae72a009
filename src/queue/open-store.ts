import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Queue } from './queue.ts'
import { createFeedbackStore, type FeedbackStore } from './sqlite-feedback.ts'
import { SqliteQueue } from './sqlite-queue.ts'
import { prepareQueueTables } from './sqlite-schema.ts'
import { createSqliteClaims, createSqliteValues } from './sqlite-values.ts'
import type { Claims, Values } from './values.ts'

/** All that the service keeps between two starts. */
export interface DurableStore {
  readonly queue: Queue
  readonly values: Values
  readonly claims: Claims
  /** What was done with the cards of CDS Hooks. */
  readonly feedback: FeedbackStore
  readonly close: () => void
}

export interface StoreOptions {
  /** Made where it is missing, for this user alone. */
  readonly folder: string
  readonly now?: () => number
  /** `NORMAL` may lose the last moments when the machine loses power, not when the process is killed. */
  readonly synchronous?: 'FULL' | 'NORMAL'
}

/** Opens `queue.sqlite` in the folder. Several processes on one machine may have it open; a network share is no place for it. */
export function openStore({ folder, now = Date.now, synchronous = 'FULL' }: StoreOptions): DurableStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'queue.sqlite')
  // Made before SQLite makes it: its journal then gets the same mode.
  closeSync(openSync(file, 'a', 0o600))
  const database = new DatabaseSync(file)
  prepareQueueTables(database, synchronous)
  return {
    queue: new SqliteQueue(database, now),
    values: createSqliteValues(database),
    claims: createSqliteClaims(database, now),
    feedback: createFeedbackStore(database),
    close: () => database.close(),
  }
}
