import type { Questionnaire } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'

/** One thing to be scored, or the reason why nothing can be read where it stands. */
export interface Entry {
  /** 1-based physical line, array index or entry index. */
  readonly line: number
  readonly received?: unknown
  /** Why `received`, if there is any, is not what it should be. */
  readonly fault?: Issue
}

/** Entries in the order of the input. */
export interface EntryBatch {
  readonly entries: readonly Entry[]
  /** The subject of all entries there are, where that is known and one only. */
  readonly onlySubject?: string
  /** Definitions of forms that the same document holds. */
  readonly forms?: readonly Questionnaire[]
}
