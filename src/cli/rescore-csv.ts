import type { Rescored } from '../write-back/rescore.ts'

const HEAD = [
  'change',
  'tier_before',
  'tier_after',
  'authored',
  'instrument',
  'subject',
  'response',
  'rule_set_before',
  'rule_set_after',
  'why',
  'written',
]

export const csvHead = (): string => lineOf(HEAD)

/** One response as a record of RFC 4180; several reasons stand in one cell, one below the other. What is the same is left out. */
export function csvRow({ change, before, after, authored, instrument, subject, response, why, written = [] }: Rescored): string {
  if (change === 'same') return ''
  const tiers = [before?.tier, after?.tier]
  const ruleSets = [before?.ruleSet, after?.ruleSet]
  return lineOf([change, ...tiers, authored, instrument, subject, response, ...ruleSets, why.join('\n'), written.join(' ')])
}

const lineOf = (cells: readonly (string | null | undefined)[]): string => `${cells.map((cell) => quoted(cell ?? '')).join(',')}\r\n`

/** What a spreadsheet would take for a formula gets an apostrophe in front. */
const quoted = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
