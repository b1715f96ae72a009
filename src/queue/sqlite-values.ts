import type { DatabaseSync } from 'node:sqlite'
import type { Claims, Values } from './values.ts'

/** Values in a SQLite file, shared by all processes that have it open. */
export function createSqliteValues(database: DatabaseSync): Values {
  const read = database.prepare('SELECT content FROM value WHERE name = ?')
  const write = database.prepare(
    'INSERT INTO value (name, content) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content',
  )
  const add = database.prepare('INSERT INTO value (name, content) VALUES (?, ?) ON CONFLICT (name) DO NOTHING')
  const replace = database.prepare('UPDATE value SET content = ? WHERE name = ? AND content = ?')
  return {
    get: async (name) => read.get(name)?.content as string | undefined,
    set: async (name, value) => void write.run(name, value),
    change: async (name, from, to) => Number((from === undefined ? add.run(name, to) : replace.run(to, name, from)).changes) > 0,
  }
}

/** A claim that has run out is anybody's. */
export function createSqliteClaims(database: DatabaseSync, now: () => number): Claims {
  const take = database.prepare(
    `INSERT INTO claim (name, owner, until) VALUES (:name, :owner, :until) ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, until = excluded.until
      WHERE claim.until < :now OR claim.owner = excluded.owner`,
  )
  const renew = database.prepare('UPDATE claim SET until = ? WHERE name = ? AND owner = ?')
  const end = database.prepare('DELETE FROM claim WHERE name = ? AND owner = ?')
  const sweep = database.prepare('DELETE FROM claim WHERE until < ?')
  return {
    claim: async (name, owner, lease) => Number(take.run({ name, owner, until: now() + lease, now: now() }).changes) > 0,
    renew: async (name, owner, lease) => Number(renew.run(now() + lease, name, owner).changes) > 0,
    release: async (name, owner) => void end.run(name, owner),
    forget: async (before) => void sweep.run(before),
  }
}
