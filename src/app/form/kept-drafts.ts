import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { TabStorage } from '../launch/storage.ts'

/** An unfinished form that the server does not hold as it is, with what the server had when it was changed. */
export interface Kept {
  readonly response: QuestionnaireResponse
  readonly base?: QuestionnaireResponse
}

/** Answers that are not on the server yet. They live in the session of this browser tab and end with it; nothing goes into local storage. */
export interface KeptDrafts {
  readonly all: () => Kept[]
  readonly keep: (kept: Kept) => void
  /** What the server holds by now needs no keeping; what was answered since stays. */
  readonly drop: (response: QuestionnaireResponse) => void
}

const PREFIX = 'kizuna.draft '

/** The drafts kept about one patient of one server: another launch in the same tab sees none of them. */
export function createKeptDrafts(
  storage: TabStorage & Partial<Pick<Storage, 'key' | 'length'>>,
  baseUrl: string,
  patientId: string,
): KeptDrafts {
  const prefix = `${PREFIX}${baseUrl} ${patientId} `
  const keyOf = ({ identifier }: QuestionnaireResponse): string => `${prefix}${identifier?.value ?? ''}`
  const keys = (): string[] =>
    Array.from({ length: storage.length ?? 0 }, (_, index) => storage.key?.(index) ?? '').filter((key) => key.startsWith(prefix))
  return {
    all: () => keys().map((key) => JSON.parse(storage.getItem(key) ?? '{}') as Kept),
    keep: (kept) => storage.setItem(keyOf(kept.response), JSON.stringify(kept)),
    drop: (response) => storage.removeItem(keyOf(response)),
  }
}
