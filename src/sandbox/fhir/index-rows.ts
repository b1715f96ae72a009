import { isObject } from '../../json-object.ts'
import { intervalOf, intervalOfPeriod } from './date-interval.ts'
import { type AnyResource, literalOf } from './resource.ts'
import { parametersOf, type SearchParameter } from './search-parameters.ts'

/**
 * One searchable value of a resource. `text` is the code, `Type/id`, folded string or url; `part` the system, version or exact string
 * (null where the system is implied by the element, as for `status`); `low` and `high` bound a date.
 */
export interface IndexRow {
  readonly param: string
  readonly text?: string
  readonly part?: string | null
  readonly low?: number
  readonly high?: number
}

type Cell = Omit<IndexRow, 'param'>

/** Everything a resource can be found by. References that are logical only are indexed under `<param>:identifier`. */
export function indexRowsOf(resource: AnyResource): IndexRow[] {
  return Object.entries(parametersOf(resource.resourceType)).flatMap(([param, parameter]) => {
    const values = parameter.paths.flatMap((path) => valuesAt(resource, path.split('.')))
    const rows = values.flatMap((value) => cellsOf(value, parameter)).map((cell) => ({ param, ...cell }))
    return parameter.kind === 'reference' ? [...rows, ...logicalRowsOf(`${param}:identifier`, values, parameter)] : rows
  })
}

/** Lower case, full and half width alike, without Latin accents; the marks that make another kana of a kana stay. */
export const foldString = (text: string): string =>
  text
    .normalize('NFKC')
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .toLowerCase()

function valuesAt(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path))
  const [head, ...rest] = path
  if (head === undefined) return value === undefined || value === null ? [] : [value]
  return isObject(value) ? valuesAt(value[head], rest) : []
}

function cellsOf(value: unknown, { kind, targets }: SearchParameter): Cell[] {
  switch (kind) {
    case 'token':
      return tokenCells(value)
    case 'reference':
      return referenceCells(value, targets)
    case 'canonical':
      return typeof value === 'string' ? [canonicalCell(value)] : []
    case 'date':
      return dateCells(value)
    case 'string':
      return stringCells(value)
    case 'uri':
      return typeof value === 'string' ? [{ text: value }] : []
  }
}

function tokenCells(value: unknown): Cell[] {
  if (!isObject(value)) return [{ text: String(value), part: null }]
  if (Array.isArray(value.coding)) return value.coding.flatMap(tokenCells)
  const code = value.code ?? value.value
  return typeof code === 'string' ? [{ text: code, part: typeof value.system === 'string' ? value.system : '' }] : []
}

function referenceCells(value: unknown, targets: readonly string[] | undefined): Cell[] {
  if (!isObject(value) || typeof value.reference !== 'string') return []
  const literal = literalOf(value.reference)
  if (targets && !(literal && targets.includes(literal.type))) return []
  return [{ text: literal?.ref ?? value.reference }]
}

function logicalRowsOf(param: string, values: readonly unknown[], { targets }: SearchParameter): IndexRow[] {
  const fits = (type: unknown) => targets === undefined || typeof type !== 'string' || targets.includes(type)
  return values.flatMap((value) =>
    isObject(value) && isObject(value.identifier) && fits(value.type)
      ? tokenCells(value.identifier).map((cell) => ({ param, ...cell }))
      : [],
  )
}

/** Splits `url|version`. Without a version `part` is empty. */
export function canonicalCell(canonical: string): { readonly text: string; readonly part: string } {
  const bar = canonical.lastIndexOf('|')
  return bar < 0 ? { text: canonical, part: '' } : { text: canonical.slice(0, bar), part: canonical.slice(bar + 1) }
}

function dateCells(value: unknown): Cell[] {
  if (isObject(value)) return value.start || value.end ? [intervalOfPeriod(value.start, value.end)] : []
  const interval = typeof value === 'string' ? intervalOf(value) : undefined
  return interval ? [interval] : []
}

function stringCells(value: unknown): Cell[] {
  if (typeof value === 'string') return [{ text: foldString(value), part: value }]
  if (!isObject(value)) return []
  return ['text', 'family', 'given', 'prefix', 'suffix'].flatMap((element) => valuesAt(value, [element]).flatMap(stringCells))
}
