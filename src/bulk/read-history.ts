import type { FhirResource } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { typeOf } from '../json-object.ts'
import { createHistoryIndex, type HistoryIndex } from '../trajectory/history-index.ts'
import type { Entry } from './entry.ts'
import { readEntries } from './read-entries.ts'

/** What of a history file can be relied on, and which lines cannot. */
export interface ReadHistory {
  readonly index: HistoryIndex
  readonly passedOver: readonly { readonly line: number; readonly why: string }[]
}

const TYPES = ['Observation', 'QuestionnaireResponse', 'RiskAssessment', 'Patient', 'RelatedPerson']

/**
 * Reads a history: NDJSON, one resource, a list or a Bundle. Lines of types that tell nothing of a course are passed over in silence, what is
 * no JSON or no valid R4 is passed over and named.
 */
export async function readHistory(source: AsyncIterable<Uint8Array>, check: (resource: unknown) => Issue[]): Promise<ReadHistory> {
  const resources: FhirResource[] = []
  const passedOver: { line: number; why: string }[] = []
  for await (const { entries } of readEntries(source, unfoldHistory)) {
    for (const entry of entries) {
      const why = whyNot(entry, check)
      if (why !== undefined) passedOver.push({ line: entry.line, why })
      else if (tellsOfCourse(entry.received)) resources.push(entry.received as FhirResource)
    }
  }
  return { index: createHistoryIndex(resources), passedOver }
}

const tellsOfCourse = (received: unknown): boolean => TYPES.includes(typeOf(received))

function whyNot({ received, fault }: Entry, check: (resource: unknown) => Issue[]): string | undefined {
  if (fault !== undefined) return fault.diagnostics
  if (!tellsOfCourse(received) && typeOf(received) !== 'Resource') return undefined
  const error = check(received).find(({ severity }) => severity === 'error' || severity === 'fatal')
  return error && `${error.expression ?? typeOf(received)}: ${error.diagnostics}`
}

/** Every resource of a Bundle, whatever its type. */
function unfoldHistory(document: unknown): Entry[] {
  if (Array.isArray(document)) return document.map((received: unknown, index) => ({ line: index + 1, received }))
  const { resourceType, entry } = (document ?? {}) as { resourceType?: unknown; entry?: unknown }
  if (resourceType !== 'Bundle' || !Array.isArray(entry)) return [{ line: 1, received: document }]
  return entry.map((one: { resource?: unknown } | null, index) => ({ line: index + 1, received: one?.resource }))
}
