import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { sendBundle } from '../ehr/send-bundle.ts'
import { AssessmentError, type IssueCode } from '../errors.ts'
import { ALERT_ROLES } from '../fhir/alert.ts'
import type { ResultResource } from '../risk/assessment.ts'

/** One resource that the server now holds of a response. */
export interface Written {
  /** `Observation/<id>`. */
  readonly reference: string
  /** A score code, `<instrument>-panel`, `risk`, `acknowledgement`, `flag` or `provenance-<n>`. */
  readonly role: string
  readonly action: 'created' | 'updated' | 'unchanged'
}

/** A resource that the server does not hold. */
export interface NotWritten {
  readonly role: string
  readonly type: string
}

/** Resource types that cannot be written here. */
export type Unwritable = ReadonlySet<string>

/** What was sent in the end, and what the server made of it. */
export interface SentResults {
  readonly bundle: Bundle
  readonly answered: readonly Written[]
  readonly notWritten: readonly NotWritten[]
  readonly unwritable: Unwritable
}

const AUDIT = ['AuditEvent']
const ALERTS = Object.keys(ALERT_ROLES)
const REFUSALS: readonly IssueCode[] = ['forbidden', 'not-found', 'processing']

/**
 * Sends what is to be written. A server that will not take it with an AuditEvent or an alert in it (no right to, an owner it does not know) is sent it without the
 * one, the other, or both: neither ever costs a result. `build` makes it without the types that cannot be written; `known` are those known beforehand. What may
 * pass, and what another has written meanwhile, is thrown: it is decided anew by the caller.
 */
export async function sendResults(server: FhirServer, build: (unwritable: Unwritable) => Bundle, known: Unwritable): Promise<SentResults> {
  const whole = build(known)
  let refusal: unknown
  for (const left of [[], ...rungsOf(whole)]) {
    const unwritable = new Set([...known, ...left])
    try {
      return { ...(await sendOnce(server, left.length === 0 ? whole : build(unwritable))), unwritable }
    } catch (error) {
      if (!(error instanceof AssessmentError) || !REFUSALS.includes(error.code)) throw error
      refusal = error
    }
  }
  throw refusal
}

/** What may be left out, least first: only what is to be created in it. */
function rungsOf({ entry = [] }: Bundle): string[][] {
  const created = entry.flatMap(({ resource, request }): string[] => (request?.method === 'POST' ? [resource!.resourceType] : []))
  const rungs = [[AUDIT], [ALERTS], [AUDIT, ALERTS]].filter((left) => left.every((types) => types.some((type) => created.includes(type))))
  return rungs.map((left) => left.flat())
}

async function sendOnce(server: FhirServer, bundle: Bundle): Promise<Omit<SentResults, 'unwritable'>> {
  if (bundle.entry === undefined) return { bundle, answered: [], notWritten: [] }
  const { bundle: sent, answer, notWritten } = await sendBundle(server, bundle)
  return { bundle: sent, answered: writtenOf(sent, answer), notWritten: notWritten.map(leftOut) }
}

/** What follows the identity in an identifier value. */
export const roleOf = (value: string): string => value.slice(value.indexOf('.') + 1)

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
  if (resource.resourceType === 'Provenance' || resource.resourceType === 'AuditEvent') return resource.meta?.tag?.[0]?.code ?? ''
  return (resource as ResultResource).identifier?.[0]?.value ?? ''
}
