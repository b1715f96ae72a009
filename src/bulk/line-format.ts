import { bundleText, resourceTextsOf } from '../emit.ts'
import { explanationText } from '../explain.ts'
import type { Language } from '../instrument/instrument.ts'
import type { Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { explanationOf } from '../risk/trace.ts'
import { summaryOf } from '../summary.ts'

export const EMITS = ['summary', 'bundle', 'resources'] as const
export type Emit = (typeof EMITS)[number]

export interface FormatOptions {
  readonly emit: Emit
  /** FHIR instant for Provenance. */
  readonly recorded: string
  /** Adds `explain` to summaries. */
  readonly explain?: boolean
  /** Adds the explanation in sentences of this language to it. */
  readonly language?: Language
}

/** Where a result came from: its line, and its file where there are several. */
export interface Origin {
  readonly line: number
  readonly file?: string
}

/** The text of one result: NDJSON, each line ended. */
export type LineFormat = (result: Result, origin: Origin) => string

export function createLineFormat(knowledge: Knowledge, { emit, recorded, explain, language }: FormatOptions): LineFormat {
  if (emit === 'bundle') return (result) => lineOf(bundleText(knowledge, result, { recorded }))
  if (emit === 'resources') return (result) => resourceTextsOf(knowledge, result, { recorded }).map(lineOf).join('')
  return (result, { line, file }) => {
    const explained = explain && { explain: explainedIn(knowledge, result, language) }
    return lineOf(JSON.stringify({ ...summaryOf(result, line), ...(file !== undefined && { file }), ...explained }))
  }
}

const lineOf = (text: string): string => `${text}\n`

function explainedIn(knowledge: Knowledge, result: Result, language: Language | undefined) {
  const explanation = explanationOf(knowledge, result)
  return language === undefined ? explanation : { ...explanation, text: explanationText(knowledge, result, explanation, language) }
}
