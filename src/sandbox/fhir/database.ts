import { DatabaseSync, type StatementSync } from 'node:sqlite'

export type Value = string | number | null
export type Row = Readonly<Record<string, Value>>

const MOST_STATEMENTS = 500

/** A SQLite file or memory: statements are prepared once, and a transaction inside another is part of it. */
export class Database {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()
  #isWriting = false

  constructor(file: string) {
    this.#database = new DatabaseSync(file)
  }

  /** All that `work` writes, or nothing of it if it throws. */
  atomically<T>(work: () => T): T {
    if (this.#isWriting) return work()
    this.execute('BEGIN IMMEDIATE')
    this.#isWriting = true
    try {
      const done = work()
      this.execute('COMMIT')
      return done
    } catch (error) {
      this.execute('ROLLBACK')
      throw error
    } finally {
      this.#isWriting = false
    }
  }

  /** What `work` gives; of what it wrote nothing stays. */
  tentatively<T>(work: () => T): T {
    this.execute('SAVEPOINT trial')
    try {
      return work()
    } finally {
      this.execute('ROLLBACK TO trial; RELEASE trial')
    }
  }

  rows(sql: string, ...values: readonly Value[]): Row[] {
    return this.statement(sql).all(...values) as Row[]
  }

  /** The first column of each row, nulls left out. */
  column(sql: string, ...values: readonly Value[]): (string | number)[] {
    return this.rows(sql, ...values).flatMap((row) => Object.values(row)[0] ?? [])
  }

  run(sql: string, ...values: readonly Value[]): void {
    this.statement(sql).run(...values)
  }

  execute(sql: string): void {
    this.#database.exec(sql)
  }

  statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known) return known
    if (this.#statements.size >= MOST_STATEMENTS) this.#statements.clear()
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }
}
