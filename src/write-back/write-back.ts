import type { Bundle, BundleEntry, FhirResource, QuestionnaireResponse } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { sendBundle } from '../ehr/send-bundle.ts'
import { AssessmentError } from '../errors.ts'
import type { Recording } from '../fhir/provenance.ts'
import { rolesOf } from '../fhir/results.ts'
import { buildTransaction } from '../fhir/transaction.ts'
import type { Assessment, Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { resultValue } from '../score/identity.ts'
import type { History } from '../trajectory/history.ts'
import { assessHeld, resultValuesOf } from './assess-held.ts'
import { type Existing, fetchExisting } from './fetch-existing.ts'

/** One resource that the server now holds of a response. */
export interface Written {
  /** `Observation/<id>`. */
  readonly reference: string
  /** A score code, `<instrument>-panel`, `risk` or `provenance-<n>`. */
  readonly role: string
  readonly action: 'created' | 'updated' | 'unchanged'
}

/** What came of a write: the result it rests on, every resource of it, and roles of which the server holds more than one. */
export interface Receipt {
  readonly result: Result
  readonly written: readonly Written[]
  readonly duplicates: readonly string[]
  /** What the server cannot hold: it is nowhere but in `result`. */
  readonly notWritten?: readonly { readonly role: string; readonly type: string }[]
  /** What was sent; without entries when nothing had to be, absent when the response was refused. */
  readonly bundle?: Bundle
}

export interface WriteBack {
  readonly server: FhirServer
  readonly knowledge: Knowledge
  /** As the server holds it. */
  readonly response: QuestionnaireResponse
  readonly recording: Recording
  /** What the caller knows of her besides what the server holds. */
  readonly history?: History
  /** A baseline that has changed is written too: an older response came late, and the caller (`rescore`) has said so. */
  readonly renewBaselines?: boolean
  /** How often a write that met another's is decided anew. */
  readonly attempts?: number
}

/**
 * Makes the server hold the results of one response exactly once: reads what is there, assesses, compares, writes one transaction, and looks again.
 * Safe to repeat and to race: creates are conditional, updates carry If-Match, and a conflict is answered by reading and deciding again.
 * A refused response writes nothing; the caller shows the refusal and any safety rule in it.
 */
export async function writeBack(order: WriteBack): Promise<Receipt> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(order)
    } catch (error) {
      const raced = error instanceof AssessmentError && error.code === 'conflict'
      if (!raced || attempt >= (order.attempts ?? 4)) throw error
    }
  }
}

async function writeOnce({ server, knowledge, response, recording, history = [], renewBaselines = false }: WriteBack): Promise<Receipt> {
  const { result, existing } = await assessHeld({ server, knowledge, response, history })
  if (result.outcome === 'refused') return { result, written: [], duplicates: [] }
  const bundle = buildTransaction(knowledge, result, { ...existing, renewBaselines }, recording)
  if (bundle.entry === undefined)
    return { result, written: unchangedOf(result, existing, []), duplicates: rolesIn(existing.duplicates), bundle }
  const { bundle: sent, answer, notWritten } = await sendBundle(server, bundle)
  const answered = writtenOf(sent, answer)
  const { duplicates } = await fetchExisting(server, resultValuesOf(knowledge, response))
  return {
    result,
    written: [...answered, ...unchangedOf(result, existing, answered)],
    duplicates: rolesIn(duplicates),
    ...(notWritten.length > 0 && { notWritten: notWritten.map(leftOut) }),
    bundle: sent,
  }
}

const roleOf = (value: string): string => value.slice(value.indexOf('.') + 1)
const rolesIn = (values: readonly string[]): string[] => values.map(roleOf)

/** Pairs what was sent with what the server answered, entry by entry. */
function writtenOf({ entry = [] }: Bundle, answer: Bundle): Written[] {
  return entry.map((sent, index) => {
    const { status = '', location = '' } = answer.entry?.[index]?.response ?? {}
    const reference = /([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+)(?:\/_history\/.*)?$/.exec(location)?.[1] ?? sent.request?.url ?? ''
    const action = status.startsWith('201') ? 'created' : sent.request?.method === 'PUT' ? 'updated' : 'unchanged'
    return { reference, role: roleOf(sentValue(sent)), action }
  })
}

const leftOut = (entry: BundleEntry) => ({ role: roleOf(sentValue(entry)), type: entry.resource!.resourceType })

const sentValue = (entry: BundleEntry): string => {
  const resource = entry.resource as FhirResource
  if (resource.resourceType === 'Provenance') return resource.meta?.tag?.[0]?.code ?? ''
  return resource.resourceType === 'Observation' || resource.resourceType === 'RiskAssessment'
    ? (resource.identifier?.[0]?.value ?? '')
    : ''
}

function unchangedOf({ context }: Assessment, { results }: Existing, written: readonly Written[]): Written[] {
  const done = new Set(written.map(({ role }) => role))
  return rolesOf(context.instrument).flatMap((role): Written[] => {
    const there = results.get(resultValue(context.identity!, role))
    return there === undefined || done.has(role) ? [] : [{ reference: `${there.resourceType}/${there.id}`, role, action: 'unchanged' }]
  })
}
