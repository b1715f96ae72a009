import { readFileSync } from 'node:fs'

/** One change to a good response, and what it must come to. */
export interface BadCase {
  readonly name: string
  /** By JSON Pointer; a list grows by the index after its last. */
  readonly set?: Readonly<Record<string, unknown>>
  readonly remove?: readonly string[]
  /** Levels of items within items, around the items. */
  readonly nest?: number
  /** Characters of text in the first item. */
  readonly pad?: number
  readonly expect: {
    readonly code: string
    readonly expression?: string
    readonly outcome?: 'scored'
    readonly severity?: 'warning'
  }
}

interface Corpus {
  readonly base: unknown
  /** What makes the base dangerous: a positive item 10. */
  readonly danger: Readonly<Record<string, unknown>>
  readonly cases: readonly BadCase[]
}

const read = <T>(file: string): T => JSON.parse(readFileSync(`test/cases/bad-input/${file}`, 'utf8')) as T

export const corpus = read<Corpus>('responses.json')
export const brokenLines = read<readonly { name: string; line?: string; base64?: string }[]>('lines.json').map(
  ({ name, line, base64 }) => ({
    name,
    bytes: base64 === undefined ? Buffer.from(line!) : Buffer.from(base64, 'base64'),
  }),
)

/** The base with the case's changes, as JSON text; `dangerous`: with a positive item 10 besides. */
export function textOf({ set = {}, remove = [], nest = 0, pad = 0 }: BadCase, dangerous = false): string {
  const response = structuredClone(corpus.base) as { item: { text?: string }[] }
  for (const [pointer, value] of Object.entries(dangerous ? { ...corpus.danger, ...set } : set)) change(response, pointer, value)
  for (const pointer of remove) change(response, pointer, undefined)
  if (pad > 0) response.item[0]!.text = 'x'.repeat(pad)
  if (nest === 0) return JSON.stringify(response)
  const items = JSON.stringify(response.item)
  const deep = `${'[{"linkId":"group","item":'.repeat(nest)}${items}${'}]'.repeat(nest)}`
  return JSON.stringify({ ...response, item: '@' }).replace('"@"', () => deep)
}

function change(target: unknown, pointer: string, value: unknown): void {
  const keys = pointer.split('/').slice(1)
  const last = keys.pop()!
  const holder = keys.reduce((within, key) => (within as Record<string, unknown>)[key], target) as Record<string, unknown>
  if (value === undefined) delete holder[last]
  else holder[last] = value
}

export const goodText = JSON.stringify(corpus.base)
