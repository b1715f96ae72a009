import { ALWAYS, all, any, type Clause, whereValue } from './clause.ts'
import { type Interval, intervalOf } from './date-interval.ts'
import { canonicalCell, foldString } from './index-rows.ts'
import { type Refusal, refusal } from './refusal.ts'
import { isId, literalOf } from './resource.ts'
import { isServed, parameterOf, SEARCH_PARAMETERS, type SearchKind, type SearchParameter } from './search-parameters.ts'
import { splitUnescaped, unescaped } from './search-text.ts'

/** What a search value is read against: this server's base url (for absolute references) and the time (for `ap`). */
export interface SearchScene {
  readonly base: string
  readonly now: number
  /** What may be looked through in a chained search. */
  readonly searchable?: (type: string) => Clause
}

/** One criterion taken apart: `subject:identifier=…`, `patient.identifier=…`, `date=ge2026`. */
interface Criterion {
  readonly type: string
  readonly param: string
  readonly parameter: SearchParameter
  readonly modifier: string
}

const MODIFIERS: Readonly<Record<SearchKind, readonly string[]>> = {
  token: ['', 'not'],
  reference: ['', 'identifier'],
  canonical: [''],
  date: [''],
  string: ['', 'exact', 'contains'],
  uri: [''],
}

/**
 * The condition of one criterion `name=value`; commas inside the value mean "or".
 * Undefined when the type has no such parameter. Refused with 400: a modifier or prefix that is not supported, a value that cannot be read.
 * @see https://hl7.org/fhir/R4/search.html
 */
export function clauseOf(type: string, name: string, value: string, scene: SearchScene): Clause | undefined {
  const [, param = '', modifier = '', chain] = /^([^:.]+)(?::([^.]*))?(?:\.(.+))?$/.exec(name) ?? []
  const parameter = parameterOf(type, param)
  if (!parameter) return undefined
  const criterion = { type, param, parameter, modifier }
  if (value === '') throw unusable(criterion, 'it is empty')
  if (chain !== undefined) return chainedClause(criterion, chain, value, scene)
  if (modifier === 'missing') return missingClause(criterion, value)
  const typed = typedParameter(criterion)
  if (!typed && !MODIFIERS[parameter.kind].includes(modifier))
    throw refusal(400, 'not-supported', `The modifier ":${modifier}" of "${param}" is not supported`)
  const tests = splitUnescaped(value, ',').map((part) => testOf(typed ?? criterion, part, scene))
  const indexed = modifier === 'identifier' ? `${param}:identifier` : param
  return whereValue(type, indexed, any(tests), modifier === 'not')
}

/** `subject:Patient=1` is `subject=Patient/1`. */
function typedParameter({ parameter, modifier, ...rest }: Criterion): Criterion | undefined {
  if (parameter.kind !== 'reference' || !isServed(modifier)) return undefined
  return { ...rest, modifier: '', parameter: { ...parameter, targets: [modifier] } }
}

/** `patient.identifier=…`, where the reference can lead to one type only. */
function chainedClause({ type, param, parameter, modifier }: Criterion, chain: string, value: string, scene: SearchScene): Clause {
  const target = modifier || (parameter.targets?.length === 1 ? parameter.targets[0] : undefined)
  const inner = target !== undefined && chain === 'identifier' ? clauseOf(target, chain, value, scene) : undefined
  if (!inner || target === undefined || parameter.kind !== 'reference') {
    throw refusal(400, 'not-supported', 'Of the chained parameters only "<reference to one type>.identifier" is supported')
  }
  const { sql, values } = all([inner, scene.searchable?.(target) ?? ALWAYS])
  return whereValue(type, param, { sql: `v.text IN (SELECT r.ref FROM resource r WHERE ${sql})`, values })
}

function missingClause(criterion: Criterion, value: string): Clause {
  if (value !== 'true' && value !== 'false') throw unusable(criterion, 'it is neither true nor false')
  return whereValue(criterion.type, criterion.param, { sql: 'TRUE', values: [] }, value === 'true')
}

function testOf(criterion: Criterion, part: string, scene: SearchScene): Clause {
  const { parameter, modifier } = criterion
  switch (parameter.kind) {
    case 'token':
      return tokenTest(part)
    case 'reference':
      return modifier === 'identifier' ? tokenTest(part) : referenceTest(unescaped(part), parameter.targets, scene)
    case 'canonical':
      return canonicalTest(unescaped(part))
    case 'date':
      return dateTest(criterion, part, scene)
    case 'string':
      return stringTest(unescaped(part), modifier)
    case 'uri':
      return { sql: 'v.text = ?', values: [unescaped(part)] }
  }
}

/** `code`, `system|code`, `|code` (no system), `system|` (any code). A code whose system its element implies fits every system. */
function tokenTest(part: string): Clause {
  const [first = '', second] = splitUnescaped(part, '|').map(unescaped)
  if (second === undefined) return { sql: 'v.text = ?', values: [first] }
  if (second === '') return { sql: 'v.text IS NOT NULL AND v.part = ?', values: [first] }
  return { sql: 'v.text = ? AND (v.part = ? OR v.part IS NULL)', values: [second, first] }
}

function referenceTest(value: string, targets: readonly string[] | undefined, { base }: SearchScene): Clause {
  const relative = value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value
  const literal = literalOf(relative)
  if (literal) return { sql: 'v.text = ?', values: targets && !targets.includes(literal.type) ? [''] : [literal.ref] }
  if (!isId(relative)) return { sql: 'v.text = ?', values: [relative] }
  const refs = (targets ?? Object.keys(SEARCH_PARAMETERS)).map((type) => `${type}/${relative}`)
  return { sql: `v.text IN (${refs.map(() => '?').join(', ')})`, values: refs }
}

/** With a version exactly that one, without any version. */
function canonicalTest(value: string): Clause {
  const { text, part } = canonicalCell(value)
  return part === '' ? { sql: 'v.text = ?', values: [text] } : { sql: 'v.text = ? AND v.part = ?', values: [text, part] }
}

function stringTest(value: string, modifier: string): Clause {
  if (modifier === 'exact') return { sql: 'v.text = ? AND v.part = ?', values: [foldString(value), value] }
  if (modifier === 'contains') return { sql: 'v.text IS NOT NULL AND instr(v.text, ?) > 0', values: [foldString(value)] }
  return { sql: 'v.text >= ? AND v.text < ?', values: [foldString(value), `${foldString(value)}\u{10ffff}`] }
}

/** A space is a plus that a client forgot to percent-encode in its zone. */
function dateTest(criterion: Criterion, part: string, { now }: SearchScene): Clause {
  const [, prefix = 'eq', date = ''] = /^([a-z]{2})?(.*)$/.exec(part) ?? []
  const interval = intervalOf(date.replace(' ', '+'))
  const test = interval && DATE_TESTS[prefix]?.(interval, now)
  if (!test) throw unusable(criterion, 'it is not a date with a prefix of eq ne lt le gt ge sa eb ap')
  return { sql: `v.low IS NOT NULL AND (${test.sql})`, values: test.values }
}

/** How the span of the resource (v.low, v.high) must lie to the span asked for. @see https://hl7.org/fhir/R4/search.html#prefix */
const DATE_TESTS: Readonly<Record<string, (asked: Interval, now: number) => Clause>> = {
  eq: ({ low, high }) => ({ sql: 'v.low >= ? AND v.high <= ?', values: [low, high] }),
  ne: ({ low, high }) => ({ sql: 'v.low < ? OR v.high > ?', values: [low, high] }),
  lt: ({ low }) => ({ sql: 'v.low < ?', values: [low] }),
  gt: ({ high }) => ({ sql: 'v.high > ?', values: [high] }),
  le: ({ low, high }) => ({ sql: 'v.low < ? OR (v.low >= ? AND v.high <= ?)', values: [low, low, high] }),
  ge: ({ low, high }) => ({ sql: 'v.high > ? OR (v.low >= ? AND v.high <= ?)', values: [high, low, high] }),
  sa: ({ high }) => ({ sql: 'v.low >= ?', values: [high] }),
  eb: ({ low }) => ({ sql: 'v.high <= ?', values: [low] }),
  ap: ({ low, high }, now) => {
    const margin = Math.round(Math.abs(now - low) / 10)
    return { sql: 'v.low < ? AND v.high > ?', values: [high + margin, low - margin] }
  },
}

function unusable({ param }: Criterion, reason: string): Refusal {
  return refusal(400, 'value', `The value of "${param}" cannot be used: ${reason}`)
}
