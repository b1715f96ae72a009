import { bundleOf, resourcesOf } from '../emit.ts'
import { explanationOf } from '../explain.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { summaryOf } from '../summary.ts'

export const EMITS = ['summary', 'bundle', 'resources'] as const
export type Emit = (typeof EMITS)[number]

export interface FormatOptions {
  readonly emit: Emit
  /** FHIR instant for Provenance. */
  readonly recorded: string
  /** Adds `explain` to summaries. */
  readonly explain?: boolean
}

/** Where a result came from: its line, and its file where there are several. */
export interface Origin {
  readonly line: number
  readonly file?: string
}

/** The text of one result: NDJSON, each line ended. */
export type LineFormat = (result: Result, origin: Origin) => string

export function createLineFormat(knowledge: Knowledge, { emit, recorded, explain }: FormatOptions): LineFormat {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`
  if (emit === 'bundle') return (result) => line(bundleOf(knowledge, result, { recorded }))
  if (emit === 'resources') return (result) => resourcesOf(knowledge, result, { recorded }).map(line).join('')
  return (result, { line: number, file }) =>
    line({
      ...summaryOf(result, number),
      ...(file !== undefined && { file }),
      ...(explain && { explain: explanationOf(knowledge, result) }),
    })
}
