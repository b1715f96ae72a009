import type { Change, Rescored } from '../write-back/rescore.ts'

/** Too many and too little to be read one by one: they are counted at the end. */
const COUNTED_ONLY: readonly Change[] = ['same', 'unscored', 'cut-off']

const HEAD = ['tier', 'authored', 'instrument', 'woman', 'response']
const WIDTHS = [24, 10, 18, 24, 0]

export const tableHead = (): string => `${lineOf(HEAD)}\n`

/** One response as a line, and each reason on a line of its own below it. */
export function tableRow(one: Rescored): string {
  if (COUNTED_ONLY.includes(one.change)) return ''
  const { authored, instrument, subject, response, why, written } = one
  const line = lineOf([tierText(one), authored?.slice(0, 10) ?? '', instrument ?? '', subject ?? '', response])
  const done = written === undefined ? [] : [`written: ${written.join(', ') || 'nothing was left to write'}`]
  return [line, ...[...why, ...done].map((reason) => `    ${reason}`), ''].join('\n')
}

const SIGN: Partial<Record<Change, string>> = { 'tier-up': '▲ ', 'tier-down': '▼ ', refused: 'refused', failed: 'failed' }

function tierText({ change, before, after }: Rescored): string {
  if (change === 'tier-up' || change === 'tier-down') return `${SIGN[change]}${before?.tier} → ${after?.tier}`
  return SIGN[change] ?? `  ${before?.tier} (${change})`
}

const lineOf = (cells: readonly string[]): string => cells.map((text, index) => text.padEnd(WIDTHS[index]!)).join('  ')
