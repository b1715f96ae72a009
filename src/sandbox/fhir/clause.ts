/** A condition on `resource r`, with the values its question marks stand for. */
export interface Clause {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

export const ALWAYS: Clause = { sql: 'TRUE', values: [] }
export const NEVER: Clause = { sql: 'FALSE', values: [] }

const joined = (clauses: readonly Clause[], word: string): Clause => ({
  sql: `(${clauses.map(({ sql }) => sql).join(` ${word} `)})`,
  values: clauses.flatMap(({ values }) => values),
})

/** True where all are; without any, always. */
export function all(clauses: readonly Clause[]): Clause {
  const binding = clauses.filter((clause) => clause !== ALWAYS)
  return binding.length === 0 ? ALWAYS : joined(binding, 'AND')
}

/** True where one is; without any, never. One that always holds makes the whole always hold. */
export function any(clauses: readonly Clause[]): Clause {
  if (clauses.includes(ALWAYS)) return ALWAYS
  return clauses.length === 0 ? NEVER : joined(clauses, 'OR')
}

/** The resources of `type` with an indexed value of `param` for which `test` holds; `negated`: those without one. */
export function whereValue(type: string, param: string, test: Clause, negated = false): Clause {
  const sql = `r.key ${negated ? 'NOT ' : ''}IN (SELECT v.key FROM value v WHERE v.type = ? AND v.param = ? AND ${test.sql})`
  return { sql, values: [type, param, ...test.values] }
}
