import type { Finding } from './finding.ts'

const MARK = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL', skipped: '-   ' } as const

/** Findings for a person: one line each, its fix below it, and a count. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, verdict, says, fix }) => [
    `${MARK[verdict]}  ${check.padEnd(width)}  ${says}`,
    ...(fix === undefined ? [] : [`${' '.repeat(width + 8)}→ ${fix}`]),
  ])
  const count = (of: Finding['verdict']): number => findings.filter(({ verdict }) => verdict === of).length
  return `${lines.join('\n')}\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend, ${count('skipped')} not tried\n`
}
