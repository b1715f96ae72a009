import { ALWAYS, all, type Clause } from './clause.ts'
import { refusal } from './refusal.ts'
import { clauseOf, type SearchScene } from './search-clause.ts'
import { isServed, parameterOf } from './search-parameters.ts'

/** `_include` follows a parameter of what was found, `_revinclude` one of others that points to it. */
export interface Include {
  readonly reverse: boolean
  /** The type that has the reference. */
  readonly source: string
  readonly param: string
  readonly target?: string
}

/** A search taken apart. `clause` is what resources must fulfil, all else how they are returned. */
export interface SearchRequest {
  readonly type: string
  readonly clause: Clause
  readonly order: Clause
  readonly count: number
  readonly countOnly: boolean
  readonly withTotal: boolean
  readonly includes: readonly Include[]
  /** The query as it was understood, for the self link. */
  readonly query: string
  /** Names of parameters that were passed over, as `Prefer: handling=lenient` allows. */
  readonly ignored: readonly string[]
}

const DEFAULT_COUNT = 50
const MAXIMUM_COUNT = 500
const TOLERATED = ['_format', '_pretty']
const RESULT_PARAMETERS = ['_sort', '_count', '_total', '_summary', '_include', '_revinclude']

/**
 * Reads the query of `GET [type]?…`. Refused with 400: unknown parameters (`not-supported`, unless lenient) and unreadable values.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function searchRequestOf(type: string, query: string, scene: SearchScene, lenient: boolean): SearchRequest {
  const pairs = [...new URLSearchParams(query)].filter(([name]) => !TOLERATED.includes(name))
  const criteria = pairs.filter(([name]) => !RESULT_PARAMETERS.includes(name))
  const clauses = criteria.map(([name, value]) => clauseOf(type, name, value, scene))
  const ignored = criteria.filter((_, index) => clauses[index] === undefined).map(([name]) => name)
  if (ignored.length > 0 && !lenient) throw unknownParameters(type, ignored)
  const one = (name: string) => pairs.findLast(([each]) => each === name)?.[1]
  const count = countOf(one('_count'))
  return {
    type,
    clause: all(clauses.filter((clause) => clause !== undefined)),
    order: orderOf(type, one('_sort')),
    count,
    countOnly: isCountOnly(one('_summary')) || count === 0,
    withTotal: isWithTotal(one('_total')),
    includes: pairs.filter(([name]) => name.endsWith('include')).map(([name, value]) => includeOf(type, name === '_revinclude', value)),
    query: new URLSearchParams(pairs.filter(([name]) => !ignored.includes(name))).toString(),
    ignored,
  }
}

/**
 * The condition of `If-None-Exist`, of a conditional update or of a conditional reference: criteria only, at least one.
 * Nothing is passed over here, as a condition read by half would match the wrong resource.
 */
export function conditionOf(type: string, query: string, scene: SearchScene): Clause {
  const pairs = [...new URLSearchParams(query.replace(/^\?/, ''))]
  if (pairs.length === 0) throw refusal(400, 'required', 'The condition has no search parameter')
  const clauses = pairs.map(([name, value]) => clauseOf(type, name, value, scene))
  const unknown = pairs.filter((_, index) => clauses[index] === undefined).map(([name]) => name)
  if (unknown.length > 0) throw unknownParameters(type, unknown)
  return all(clauses.map((clause) => clause ?? ALWAYS))
}

const unknownParameters = (type: string, names: readonly string[]) =>
  refusal(400, 'not-supported', `${type} cannot be searched by ${names.map((name) => `"${name}"`).join(', ')}; see /metadata`)

function countOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_COUNT
  if (!/^\d{1,9}$/.test(text)) throw refusal(400, 'value', '"_count" is not a whole number')
  return Math.min(Number(text), MAXIMUM_COUNT)
}

function isCountOnly(summary: string | undefined): boolean {
  if (summary === undefined || summary === 'false') return false
  if (summary === 'count') return true
  throw refusal(400, 'not-supported', 'Of "_summary" only "count" and "false" are supported')
}

function isWithTotal(total: string | undefined): boolean {
  if (total === undefined || ['accurate', 'estimate', 'none'].includes(total)) return total !== 'none'
  throw refusal(400, 'value', '"_total" is none of none, estimate, accurate')
}

/** By the earliest date or first string of each resource; those without a value come last either way. */
function orderOf(type: string, sort: string | undefined): Clause {
  const terms = sort?.split(',') ?? []
  const columns = terms.map((term) => {
    const descending = term.startsWith('-')
    const name = descending ? term.slice(1) : term
    const column = SORT_COLUMN[parameterOf(type, name)?.kind ?? '']
    if (column === undefined) throw refusal(400, 'not-supported', `${type} cannot be sorted by "${name}", only by a date or a string`)
    const value = `(SELECT ${column} FROM value v WHERE v.key = r.key AND v.param = ?)`
    return { sql: `${value} ${descending ? 'DESC' : 'ASC'} NULLS LAST`, values: [name] }
  })
  if (columns.length === 0) return { sql: 'r.key', values: [] }
  return { sql: columns.map(({ sql }) => sql).join(', '), values: columns.flatMap(({ values }) => values) }
}

const SORT_COLUMN: Readonly<Record<string, string>> = { date: 'MIN(v.low)', string: 'MIN(v.text)' }

function includeOf(type: string, reverse: boolean, value: string): Include {
  const [source = '', param = '', target] = value.split(':')
  const known = parameterOf(source, param)?.kind === 'reference' && isServed(source) && (reverse || source === type)
  if (!known || (target !== undefined && !isServed(target))) {
    throw refusal(400, 'not-supported', `"${reverse ? '_revinclude' : '_include'}=${value}" is not supported`)
  }
  return { reverse, source, param, ...(target !== undefined && { target }) }
}
