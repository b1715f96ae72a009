import { DIALECTS, type Dialect } from '../../src/publish/dialect.ts'

/** What one engine made of one dialect: all totals as ours, none at all, or at least one that is another. */
export type Outcome = 'equal' | 'none' | 'wrong'

export interface Cell {
  readonly dialect: Dialect
  readonly engine: string
  readonly outcome: Outcome
  /** How many responses were tried, of all instruments together. */
  readonly responses: number
}

/** Why an engine cannot do with some dialects. */
export interface Limit {
  readonly engine: string
  readonly dialects: readonly string[]
  readonly reason: string
}

export const limitOf = (limits: readonly Limit[], { engine, dialect }: Cell): number =>
  limits.findIndex((limit) => limit.engine === engine && limit.dialects.includes(dialect))

/** The table of README: a line for each dialect, a column for each engine in its version, and below it the reasons. */
export function tableOf(cells: readonly Cell[], engines: readonly { name: string; version: string }[], limits: readonly Limit[]): string {
  const cellText = (cell: Cell): string =>
    cell.outcome === 'equal' ? `equal (${cell.responses.toLocaleString('en')})` : `${WORDS[cell.outcome]} [${limitOf(limits, cell) + 1}]`
  const row = (dialect: Dialect): string =>
    line([
      `\`${dialect}\``,
      ...engines.map(({ name }) => cellText(cells.find((cell) => cell.dialect === dialect && cell.engine === name)!)),
    ])
  return [
    line(['dialect', ...engines.map(({ name, version }) => `${name} ${version}`)]),
    line(['---', ...engines.map(() => '---')]).replaceAll(' ', ''),
    ...DIALECTS.map(row),
    '',
    ...limits.map(({ engine, reason }, index) => `[${index + 1}] ${engine}: ${reason}.${index + 1 < limits.length ? '  ' : ''}`),
  ].join('\n')
}

const WORDS = { none: 'no totals', wrong: 'wrong' } as const
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const BETWEEN = /(<!-- engines: written by `npm run engines` -->\n)([\s\S]*?)(\n<!-- \/engines -->)/

/** The table as it stands in a text, between its marks. */
export const tableIn = (text: string): string | undefined => BETWEEN.exec(text)?.[2]
export const withTable = (text: string, table: string): string =>
  text.replace(BETWEEN, (_, start: string, __, end: string) => start + table + end)
