import type { DatabaseSync } from 'node:sqlite'

/** What was done with one card of a CDS service, as codes. */
export interface KeptFeedback {
  readonly issuer: string
  readonly card: string
  readonly outcome: string
  readonly outcomeTimestamp: string
  readonly reason?: string
}

export interface FeedbackStore {
  /** Keeps all or none; the same again is one. */
  readonly add: (feedback: readonly KeptFeedback[]) => void
  /** How often each outcome was reported. */
  readonly counts: () => Readonly<Record<string, number>>
}

const TABLE = `CREATE TABLE IF NOT EXISTS feedback (
  issuer TEXT NOT NULL, card TEXT NOT NULL, outcome TEXT NOT NULL, at TEXT NOT NULL, reason TEXT, PRIMARY KEY (issuer, card, outcome, at)
)`

export function createFeedbackStore(database: DatabaseSync): FeedbackStore {
  database.exec(TABLE)
  const insert = database.prepare('INSERT OR IGNORE INTO feedback (issuer, card, outcome, at, reason) VALUES (?, ?, ?, ?, ?)')
  const count = database.prepare('SELECT outcome, count(*) AS count FROM feedback GROUP BY outcome')
  return {
    add(feedback) {
      database.exec('BEGIN IMMEDIATE')
      try {
        for (const { issuer, card, outcome, outcomeTimestamp, reason } of feedback)
          insert.run(issuer, card, outcome, outcomeTimestamp, reason ?? null)
        database.exec('COMMIT')
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    counts: () => Object.fromEntries(count.all().map((row) => [String(row.outcome), Number(row.count)])),
  }
}
