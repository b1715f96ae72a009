import type { Questionnaire } from 'fhir/r4.js'
import { documentEntries, formsIn } from '../fhir/document-entries.ts'
import { referenceTarget } from '../score/reference.ts'
import type { Entry, EntryBatch } from './entry.ts'
import { createTwoLines, looksLikeLines } from './looks-like-lines.ts'
import { lineFault, parseJson } from './parse-json.ts'
import { readHead, wholeOf } from './read-head.ts'
import { type Line, splitLines, withoutByteOrderMark } from './split-lines.ts'

/** What is made of a document that is not NDJSON; `documentEntries` for responses. */
export type Unfold = (document: unknown) => readonly Entry[]

/**
 * Whatever stands in a stream of JSON, in its order: NDJSON in constant memory, or one document, printed over many lines or on one.
 * What cannot be read is an entry with its fault, and everything after it is still read; a document that is no JSON is read as lines.
 */
export async function* readEntries(source: AsyncIterable<Uint8Array>, unfold: Unfold = documentEntries): AsyncGenerator<EntryBatch> {
  const head = await readHead(source, createTwoLines())
  if (looksLikeLines(head)) return yield* readLines(wholeOf(head))
  const all = head.ended ? head : await readHead(wholeOf(head), () => false)
  const parsed = all.ended ? parseJson(withoutByteOrderMark(all.bytes)) : undefined
  if (parsed === undefined || !('value' in parsed)) return yield* readLines(wholeOf(all))
  const entries = unfold(parsed.value)
  const single = entries.length === 1 && entries[0]!.received === parsed.value
  yield* batchesOf(single ? [{ ...entries[0]!, line: firstLineOf(all.bytes) }] : entries, formsIn(parsed.value))
}

/** Lines of NDJSON, each an entry; a line that is no JSON carries its fault. */
export async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<EntryBatch> {
  for await (const lines of splitLines(source)) yield { entries: lines.map(entryOf) }
}

/** What is made of many entries must not pile up either. */
const BATCH = 1000

function* batchesOf(entries: readonly Entry[], forms: readonly Questionnaire[]): Generator<EntryBatch> {
  const onlySubject = onlySubjectOf(entries)
  for (let start = 0; start < entries.length; start += BATCH) {
    yield {
      entries: entries.slice(start, start + BATCH),
      ...(onlySubject !== undefined && { onlySubject }),
      ...(forms.length > 0 && { forms }),
    }
  }
}

function onlySubjectOf(entries: readonly Entry[]): string | undefined {
  const subjects = new Set(entries.map(({ received }) => referenceTarget((received as { subject?: never } | null | undefined)?.subject)))
  return subjects.size === 1 ? [...subjects][0] : undefined
}

function entryOf({ number, bytes }: Line): Entry {
  if (bytes === undefined) return { line: number, fault: lineFault(number, 'size') }
  const parsed = parseJson(bytes)
  return 'value' in parsed ? { line: number, received: parsed.value } : { line: number, fault: lineFault(number, parsed.fault) }
}

/** Where a resource that is printed over many lines begins. */
function firstLineOf(document: Buffer): number {
  const start = document.findIndex((byte) => byte > 0x20 && byte < 0x80)
  return document.subarray(0, start).filter((byte) => byte === 0x0a).length + 1
}
