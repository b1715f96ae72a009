import type { Issue } from '../errors.ts'

const DAY = 86_400_000

/** Whole days from `authored` to when a response reached us; 0 where either is no full date. `received` is a FHIR instant. */
export function daysLate(authored: string, received: string): number {
  const days = Math.floor((Date.parse(received) - Date.parse(authored)) / DAY)
  return Number.isNaN(days) ? 0 : Math.max(0, days)
}

/** Answers that took a day or more to reach us are about how she was then; nothing for younger ones. */
export function latenessIssues(authored: string, received: string): Issue[] {
  const days = daysLate(authored, received)
  if (days === 0) return []
  const diagnostics = `Answered ${days} ${days === 1 ? 'day' : 'days'} ago, reached us now: ask how she is today`
  return [{ severity: 'warning', code: 'informational', expression: 'QuestionnaireResponse.authored', diagnostics }]
}

/** The same for what is written at `recorded` and read whenever; nothing for answers of that day. */
export function latenessText(authored: string, recorded: string, language: 'en' | 'ja'): string | undefined {
  const days = daysLate(authored, recorded)
  if (days === 0) return undefined
  if (language === 'ja') return `回答から${days}日後に届きました。今の様子を確認してください。`
  return `Answered ${days} ${days === 1 ? 'day' : 'days'} before it reached us: ask how she is today.`
}
