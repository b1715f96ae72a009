import type { Bundle, BundleEntry, FhirResource, Provenance, Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import type { Abilities } from './abilities.ts'
import type { FhirServer } from './fhir-server.ts'

/** What became of a transaction on a server that may not be able to do all of it. */
export interface Sent {
  /** What was sent: the bundle, less what the server cannot hold. */
  readonly bundle: Bundle
  /** An answer for each entry that was sent, in order. */
  readonly answer: Bundle
  readonly notWritten: readonly BundleEntry[]
}

/**
 * Sends a transaction as far down as the server needs: as one transaction; else (it knows none, or refuses it as such) entry by entry, those that others point at
 * first, so that each link is literal when it is sent. A batch is no step between: its entries cannot point at each other. What the server does not hold at all is
 * left out, links to it too, and named in `notWritten`. Entries are conditional in either case, so that the next run completes what broke off.
 */
export async function sendBundle(server: FhirServer, bundle: Bundle): Promise<Sent> {
  const abilities = await server.abilities()
  const { entries, notWritten } = writableOf(bundle.entry ?? [], abilities)
  const sent: Bundle = { ...bundle, entry: entries }
  if (entries.length === 0) return { bundle: sent, answer: { resourceType: 'Bundle', type: 'transaction-response' }, notWritten }
  const answer = await (abilities.transaction ? transactionOr(server, sent, abilities) : oneByOne(server, sent, abilities))
  return { bundle: sent, answer, notWritten }
}

const transactionOr = (server: FhirServer, bundle: Bundle, abilities: Abilities): Promise<Bundle> =>
  server.transaction(bundle).catch((error: unknown) => {
    const isUnknown = error instanceof AssessmentError && ['not-supported', 'not-found'].includes(error.code)
    if (!isUnknown) throw error
    return oneByOne(server, bundle, abilities)
  })

/** The entries that the server can take, without links to those it cannot. */
function writableOf(entries: readonly BundleEntry[], abilities: Abilities) {
  const can = ({ resource, request }: BundleEntry): boolean =>
    abilities.of(resource!.resourceType)[request?.method === 'PUT' ? 'update' : 'create']
  const left = entries.filter((entry) => !can(entry))
  const missing = new Set(left.map(({ fullUrl }) => fullUrl))
  const kept = entries.filter(can).map((entry) => ({ ...entry, resource: withoutLinks(entry.resource as FhirResource, missing) }))
  // A Provenance of nothing says nothing.
  const isEmpty = ({ resource }: BundleEntry): boolean =>
    resource!.resourceType === 'Provenance' && (resource as Provenance).target.length === 0
  return { entries: kept.filter((entry) => !isEmpty(entry)), notWritten: [...left, ...kept.filter(isEmpty)] }
}

/** References that lead nowhere are left out. */
function withoutLinks(resource: FhirResource, missing: ReadonlySet<string | undefined>): FhirResource {
  if (missing.size === 0) return resource
  const isMissing = (value: unknown): boolean => {
    const { reference } = (value ?? {}) as Reference
    return reference !== undefined && missing.has(reference)
  }
  return JSON.parse(JSON.stringify(resource), (_key, value: unknown) =>
    Array.isArray(value) ? value.filter((one) => one !== undefined) : isMissing(value) ? undefined : value,
  ) as FhirResource
}

async function oneByOne(server: FhirServer, { entry: entries = [] }: Bundle, abilities: Abilities): Promise<Bundle> {
  const ids = new Map<string, string>()
  const answers = new Map<BundleEntry, BundleEntry>()
  for (const entry of inOrderOfLinks(entries)) {
    const type = entry.resource!.resourceType
    const response = await server.send(
      { ...entry, resource: withLinks(entry.resource as FhirResource, ids) },
      abilities.of(type).conditionalCreate,
    )
    ids.set(entry.fullUrl ?? '', String(response.location).split('/').slice(0, 2).join('/'))
    answers.set(entry, { response })
  }
  return { resourceType: 'Bundle', type: 'transaction-response', entry: entries.map((entry) => answers.get(entry)!) }
}

const withLinks = (resource: FhirResource, ids: ReadonlyMap<string, string>): FhirResource =>
  JSON.parse(JSON.stringify(resource), (key, value: unknown) =>
    key === 'reference' ? (ids.get(String(value)) ?? value) : value,
  ) as FhirResource

/** Each entry after those that it points at. */
function inOrderOfLinks(entries: readonly BundleEntry[]): BundleEntry[] {
  const texts = new Map(entries.map((entry) => [entry, JSON.stringify(entry.resource)]))
  const ordered: BundleEntry[] = []
  const waiting = new Set(entries)
  const isFree = (entry: BundleEntry): boolean =>
    [...waiting].every((other) => other === entry || other.fullUrl === undefined || !texts.get(entry)!.includes(`"${other.fullUrl}"`))
  while (waiting.size > 0) {
    // Entries that point at each other cannot be sent one by one; whichever goes first keeps a dangling link.
    const next = [...waiting].find(isFree) ?? [...waiting][0]!
    waiting.delete(next)
    ordered.push(next)
  }
  return ordered
}
