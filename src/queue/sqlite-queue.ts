import { randomUUID } from 'node:crypto'
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite'
import { type Counts, type Job, type Order, type Queue, STATES, type State, type TakenJob } from './queue.ts'

type Row = Readonly<Record<string, SQLOutputValue>>

const KNOWN = `SELECT 1 FROM job WHERE key = ? AND (state = 'waiting' OR once = 'ever') LIMIT 1`
const INSERT = `INSERT INTO job (kind, key, once, lane, content, state, due, sent) VALUES (?, ?, ?, ?, ?, 'waiting', ?, ?)`
const FREE_LANE = `NOT EXISTS (SELECT 1 FROM job other WHERE other.lane = job.lane AND other.state = 'taken' AND other.until >= :now)`
/** What was left by one that died comes first: it has waited longest. */
const LEFT = `SELECT id FROM job WHERE state = 'taken' AND until < :now AND ${FREE_LANE} ORDER BY id LIMIT 1`
const NEXT = `SELECT id FROM job WHERE state = 'waiting' AND due <= :now AND ${FREE_LANE} ORDER BY due, id LIMIT 1`
const TAKE = `UPDATE job SET state = 'taken', lease = ?, until = ?, takes = takes + 1 WHERE id = ? RETURNING *`
const OURS = `id = ? AND state = 'taken' AND lease = ?`
const ENDED = 'lease = NULL, until = NULL'

/** The queue in a SQLite file. Several processes on one machine may share the file; each call is one transaction. */
export class SqliteQueue implements Queue {
  readonly #database: DatabaseSync
  readonly #now: () => number
  readonly #statements = new Map<string, ReturnType<DatabaseSync['prepare']>>()

  constructor(database: DatabaseSync, now: () => number) {
    this.#database = database
    this.#now = now
  }

  async send(orders: readonly Order[]): Promise<number> {
    return this.#atomically(() => orders.filter((order) => this.#add(order)).length)
  }

  #add({ kind, key, once, lane, content, due = this.#now() }: Order): boolean {
    if (this.#statement(KNOWN).get(key) !== undefined) return false
    this.#statement(INSERT).run(kind, key, once, lane, JSON.stringify(content), due, this.#now())
    return true
  }

  async take(lease: number): Promise<TakenJob | undefined> {
    const now = this.#now()
    // Looked at before the file is locked for writing: an idle worker disturbs nobody.
    if (this.#nextId(now) === undefined) return undefined
    return this.#atomically(() => {
      const id = this.#nextId(now)
      if (id === undefined) return undefined
      const row = this.#statement(TAKE).get(randomUUID(), now + lease, id)
      return { ...jobOf(row!), lease: String(row!.lease) }
    })
  }

  #nextId(now: number): SQLOutputValue | undefined {
    return (this.#statement(LEFT).get({ now }) ?? this.#statement(NEXT).get({ now }))?.id
  }

  async extend({ id, lease }: TakenJob, duration: number): Promise<boolean> {
    return this.#run(`UPDATE job SET until = ? WHERE ${OURS}`, this.#now() + duration, id, lease) > 0
  }

  async done({ id, lease }: TakenJob, result: string, also?: Order): Promise<boolean> {
    return this.#atomically(() => {
      const sql = `UPDATE job SET state = 'done', reason = ?, ended = ?, ${ENDED} WHERE ${OURS}`
      const isOurs = this.#run(sql, result, this.#now(), id, lease) > 0
      if (isOurs && also && this.#add(also))
        this.#run(`UPDATE job SET state = 'done', reason = ?, ended = ? WHERE key = ?`, result, this.#now(), also.key)
      return isOurs
    })
  }

  async retry({ id, lease }: TakenJob, reason: string, due: number): Promise<boolean> {
    const sql = `UPDATE job SET state = 'waiting', reason = ?, due = ?, failures = failures + 1, takes = 0, ${ENDED} WHERE ${OURS}`
    return this.#run(sql, reason, due, id, lease) > 0
  }

  async bury({ id, lease }: TakenJob, reason: string): Promise<boolean> {
    const sql = `UPDATE job SET state = 'dead', reason = ?, failures = failures + 1, ended = ?, ${ENDED} WHERE ${OURS}`
    return this.#run(sql, reason, this.#now(), id, lease) > 0
  }

  async giveBack({ id, lease, due: asBefore }: TakenJob, due = asBefore): Promise<boolean> {
    return this.#run(`UPDATE job SET state = 'waiting', due = ?, takes = takes - 1, ${ENDED} WHERE ${OURS}`, due, id, lease) > 0
  }

  async list(state?: State): Promise<readonly Job[]> {
    const rows = state
      ? this.#statement('SELECT * FROM job WHERE state = ? ORDER BY id').all(state)
      : this.#statement('SELECT * FROM job ORDER BY id').all()
    return rows.map(jobOf)
  }

  async revive(ids: readonly number[]): Promise<number> {
    const sql = `UPDATE job SET state = 'waiting', due = ?, failures = 0, takes = 0, ended = NULL WHERE state IN ('dead', 'waiting') AND id = ?`
    return this.#atomically(() => ids.reduce((count, id) => count + this.#run(sql, this.#now(), id), 0))
  }

  async drop(ids: readonly number[]): Promise<number> {
    const sql = `DELETE FROM job WHERE id = ? AND NOT (state = 'taken' AND until >= ?)`
    return this.#atomically(() => ids.reduce((count, id) => count + this.#run(sql, id, this.#now()), 0))
  }

  async counts(): Promise<Counts> {
    const rows = this.#statement('SELECT state, count(*) AS count FROM job GROUP BY state').all()
    const counted = new Map(rows.map(({ state, count }) => [state, Number(count)]))
    const oldest = this.#statement(`SELECT min(due) AS due FROM job WHERE state = 'waiting' AND due <= ?`).get(this.#now())?.due
    const states = Object.fromEntries(STATES.map((state) => [state, counted.get(state) ?? 0])) as Record<State, number>
    return { ...states, ...(typeof oldest === 'number' && { waitingSince: oldest }) }
  }

  async forget(before: number): Promise<void> {
    this.#run(`DELETE FROM job WHERE state = 'done' AND ended < ?`, before)
  }

  #atomically<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const made = work()
      this.#database.exec('COMMIT')
      return made
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes)
  }

  #statement(sql: string): ReturnType<DatabaseSync['prepare']> {
    const known = this.#statements.get(sql) ?? this.#database.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }
}

function jobOf({ id, kind, key, once, lane, content, state, due, sent, failures, takes, reason }: Row): Job {
  return {
    id: Number(id),
    kind: String(kind),
    key: String(key),
    once: once as Order['once'],
    lane: String(lane),
    content: JSON.parse(String(content)) as Order['content'],
    state: state as State,
    due: Number(due),
    sent: Number(sent),
    failures: Number(failures),
    takes: Number(takes),
    ...(typeof reason === 'string' && { reason }),
  }
}
