import type { AuditEvent, Bundle, BundleEntry, FhirResource, Provenance, Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import type { Assessment, Refusal, Result, ResultResource } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { RESULT_SYSTEM, resultUuid, resultValue } from '../score/identity.ts'
import { alertValuesOf, buildAlerts } from './alert.ts'
import { buildAuditEvent } from './audit-event.ts'
import { buildProvenance, type Recording, type Source } from './provenance.ts'
import { reconcile, retractAlert } from './reconcile.ts'
import type { Link } from './result-parts.ts'
import { type BuiltResult, buildResults, isScored, type Scored } from './results.ts'

/** What the server holds of one response's results, by identifier value, and how often they were written. */
export interface ExistingResults {
  readonly results: ReadonlyMap<string, ResultResource>
  readonly writes: number
  /** Whether a result whose baseline alone has changed is to be written again. */
  readonly renewBaselines?: boolean
  /** Types of which the server makes a resource by PUT to an id that is not there (`updateCreate`): ids are then ours, by hashing, and no race can double them. */
  readonly takesIds?: ReadonlySet<string>
  /** Types of alerts that this server does not let us keep: results do not wait for them. */
  readonly unwritable?: ReadonlySet<string>
}

export const NOTHING_EXISTS: ExistingResults = { results: new Map(), writes: 0 }

/**
 * What exists as far as a history shows it: results with the version that an update must name. How often they were written no result says; the sum of
 * their versions grows with every write, and the number only has to be new.
 */
export function existingAmong(held: Assessment['held']): ExistingResults {
  const named = held.flatMap((one) => {
    const value = one.identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value
    return value === undefined || one.id === undefined || one.meta?.versionId === undefined ? [] : [[value, one] as const]
  })
  return { results: new Map(named), writes: named.reduce((sum, [, { meta }]) => sum + (Number(meta?.versionId) || 1), 0) }
}

/**
 * What must be sent so that the server holds this assessment, given what it already holds: creates are conditional, updates carry If-Match,
 * what is the same is left alone. No entry at all: nothing is to be written. Same input, same bytes.
 * Refuses (`required`) a response that has neither id nor identifier.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
export function buildTransaction(knowledge: Knowledge, assessment: Assessment, existing: ExistingResults, recording: Recording): Bundle {
  checkIdentity(assessment)
  const link = linkTo(existing)
  const scored = buildResults(knowledge, assessment, link).flatMap((built) => entryOf(built, existing))
  const entries = [...scored, ...alertEntries(knowledge, assessment, existing, recording)]
  return transactionOf(knowledge, sourceOf(assessment), entries, existing, recording)
}

/**
 * What a refused response still has written where it says whom it is about: the alert of its safety answers, by the site's policy. Without entries when there is none
 * to write.
 */
export function buildAlertTransaction(knowledge: Knowledge, refusal: Refusal, existing: ExistingResults, recording: Recording): Bundle {
  if (refusal.about === undefined) return { resourceType: 'Bundle', type: 'transaction' }
  return transactionOf(
    knowledge,
    { ...refusal.about, result: refusal },
    alertEntries(knowledge, refusal, existing, recording),
    existing,
    recording,
  )
}

/** What a write is named by, and whom it is about. */
interface Origin extends Source {
  readonly identity: string
  readonly subject: Reference
}

const sourceOf = (result: Assessment): Origin => {
  const { responseReference, author, identity, subject } = result.context
  return { responseReference, result, identity: identity!, subject, ...(author && { author }) }
}

const linkTo =
  ({ results }: ExistingResults): Link =>
  (type, value) => {
    const there = results.get(value)
    return { reference: there ? `${type}/${there.id}` : `urn:uuid:${resultUuid(value)}` }
  }

function transactionOf(
  knowledge: Knowledge,
  source: Origin,
  entries: BundleEntry[],
  existing: ExistingResults,
  recording: Recording,
): Bundle {
  const bundle: Bundle = { resourceType: 'Bundle', type: 'transaction' }
  const orphans = orphansOf(entries, existing)
  if (entries.length + orphans.length === 0) return bundle
  const value = resultValue(source.identity, `provenance-${existing.writes + 1}`)
  const targets = [...orphans, ...entries.map(({ resource, fullUrl }) => referenceTo(resource as FhirResource) ?? fullUrl!)].map(
    (reference) => ({ reference }),
  )
  const provenance = buildProvenance(knowledge, source, value, targets, recording)
  const isAudited = knowledge.site.auditEvents === true && existing.unwritable?.has('AuditEvent') !== true
  const audits = isAudited ? [auditEntry(knowledge, source, targets, existing, recording)] : []
  return { ...bundle, entry: [...entries, createEntry(value, provenance, `_tag=${tokenOf(value)}`), ...audits] }
}

const referenceTo = ({ resourceType, id }: FhirResource): string | undefined => (id === undefined ? undefined : `${resourceType}/${id}`)

/** Results that no Provenance speaks of: a server without transactions was left, or failed, before it was told. They are told of now. */
function orphansOf(entries: readonly BundleEntry[], { results, writes }: ExistingResults): string[] {
  if (writes > 0) return []
  const told = new Set(entries.map(({ resource }) => referenceTo(resource as FhirResource)))
  return [...results.values()].flatMap((one) => referenceTo(one) ?? []).filter((reference) => !told.has(reference))
}

function auditEntry(
  knowledge: Knowledge,
  source: Origin,
  targets: readonly Reference[],
  { writes }: ExistingResults,
  recording: Recording,
): BundleEntry {
  const value = resultValue(source.identity, `audit-${writes + 1}`)
  const audited = { value, subject: source.subject, targets, isFirst: writes === 0 }
  return createEntry(value, buildAuditEvent(knowledge, source, audited, recording), `_tag=${tokenOf(value)}`)
}

/** What asks for somebody now is created once, and neither an amendment nor a second write touches it; only a retraction does. */
function alertEntries(knowledge: Knowledge, result: Result, existing: ExistingResults, { recorded }: Recording): BundleEntry[] {
  if (result.outcome === 'retracted') return alertValuesOf(result).flatMap((value) => retractionEntry(value, existing.results.get(value)))
  return buildAlerts(knowledge, result, linkTo(existing), recorded).flatMap(({ value, resource }) =>
    existing.results.has(value) || existing.unwritable?.has(resource.resourceType)
      ? []
      : [createEntry(value, resource, `identifier=${tokenOf(value)}`)],
  )
}

function retractionEntry(value: string, there: ResultResource | undefined): BundleEntry[] {
  if (there?.resourceType !== 'Task' && there?.resourceType !== 'Flag') return []
  const update = retractAlert(there)
  return update === undefined ? [] : [updateEntry(value, update, there)]
}

/** The same resources by themselves: ids by hashing, literal references only; a first write that needs no server. */
export function buildResources(knowledge: Knowledge, assessment: Assessment, recording: Recording): FhirResource[] {
  checkIdentity(assessment)
  const link: Link = (type, value) => ({ reference: `${type}/${resultUuid(value)}` })
  const results: BuiltResult[] = [
    ...buildResults(knowledge, assessment, link),
    ...buildAlerts(knowledge, assessment, link, recording.recorded),
  ]
  const targets: Reference[] = results.map(({ value, resource }) => ({ reference: `${resource.resourceType}/${resultUuid(value)}` }))
  const value = resultValue(assessment.context.identity!, 'provenance-1')
  const provenance = buildProvenance(knowledge, sourceOf(assessment), value, targets, recording)
  return [...results.map((built) => withId(built.value, built.resource)), withId(value, provenance)]
}

const withId = <R extends FhirResource>(value: string, { resourceType, ...rest }: R): R =>
  ({ resourceType, id: resultUuid(value), ...rest }) as unknown as R

function checkIdentity({ context }: Assessment): void {
  if (context.identity !== undefined) return
  throw new AssessmentError('required', 'The response has neither id nor identifier: its results could not be found again', {
    expression: 'QuestionnaireResponse.identifier',
  })
}

/** Percent-encoded once; `|` separates system and value. */
export const tokenOf = (value: string): string => `${encodeURIComponent(RESULT_SYSTEM)}%7C${encodeURIComponent(value)}`

function entryOf({ value, resource }: BuiltResult<Scored>, { results, renewBaselines, takesIds }: ExistingResults): BundleEntry[] {
  const existing = results.get(value)
  if (existing === undefined || !isScored(existing))
    return [takesIds?.has(resource.resourceType) ? putEntry(value, resource) : createEntry(value, resource, `identifier=${tokenOf(value)}`)]
  const update = reconcile(existing, resource, renewBaselines)
  return update === undefined ? [] : [updateEntry(value, update, existing)]
}

const createEntry = (value: string, resource: ResultResource | Provenance | AuditEvent, ifNoneExist: string): BundleEntry => ({
  fullUrl: `urn:uuid:${resultUuid(value)}`,
  resource,
  request: { method: 'POST', url: resource.resourceType, ifNoneExist },
})

function putEntry(value: string, resource: Scored): BundleEntry {
  const id = resultUuid(value)
  return { fullUrl: `urn:uuid:${id}`, resource: withId(value, resource), request: { method: 'PUT', url: `${resource.resourceType}/${id}` } }
}

function updateEntry(value: string, resource: ResultResource, { id, meta }: ResultResource): BundleEntry {
  const url = `${resource.resourceType}/${id}`
  const ifMatch = meta?.versionId === undefined ? {} : { ifMatch: `W/"${meta.versionId}"` }
  return { fullUrl: `urn:uuid:${resultUuid(value)}`, resource, request: { method: 'PUT', url, ...ifMatch } }
}
