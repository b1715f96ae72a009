import type { Bundle, FhirResource, Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { type Json, json, list, object, parse } from '../json.ts'
import type { Assessment, Refusal, Result, ResultResource } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { RESULT_SYSTEM, resultUuid, resultValue } from '../score/identity.ts'
import { alertValuesOf, buildAlerts } from './alert.ts'
import { buildAuditEvent } from './audit-event.ts'
import { createEntry, type Entry, IDENTIFIED, putEntry, TAGGED, updateEntry, urnOf } from './entry.ts'
import { buildProvenance, type Recording, type Source } from './provenance.ts'
import { reconcile, retractAlert } from './reconcile.ts'
import type { BuiltResult, Link, Naming } from './result-parts.ts'
import { buildResults, isScored, type Scored } from './results.ts'

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
export const buildTransaction = (knowledge: Knowledge, assessment: Assessment, existing: ExistingResults, recording: Recording): Bundle =>
  parse(transactionText(knowledge, assessment, existing, recording))

/** The same as text, for those who only pass it on. */
export function transactionText(
  knowledge: Knowledge,
  assessment: Assessment,
  existing: ExistingResults,
  recording: Recording,
): Json<Bundle> {
  checkIdentity(assessment)
  const naming = namingIn(existing)
  const scored = buildResults(knowledge, assessment, naming).flatMap((built) => entryOf(built, existing))
  const entries = [...scored, ...alertEntries(knowledge, assessment, existing, naming.link, recording)]
  return transactionOf(knowledge, sourceOf(assessment), entries, existing, recording)
}

/**
 * What a refused response still has written where it says whom it is about: the alert of its safety answers, by the site's policy. Without entries when there is none
 * to write.
 */
export function buildAlertTransaction(knowledge: Knowledge, refusal: Refusal, existing: ExistingResults, recording: Recording): Bundle {
  if (refusal.about === undefined) return { resourceType: 'Bundle', type: 'transaction' }
  const entries = alertEntries(knowledge, refusal, existing, namingIn(existing).link, recording)
  return parse(transactionOf(knowledge, { ...refusal.about, result: refusal }, entries, existing, recording))
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

/** What is there is named by its address, what is new by the UUID of its entry. */
const namingIn = ({ results, takesIds }: ExistingResults): Naming => ({
  link: (type, value) => {
    const there = results.get(value)
    return { reference: there ? `${type}/${there.id}` : urnOf(value) }
  },
  idOf: (type, value) => (takesIds?.has(type) && !isThere(results, value) ? resultUuid(value) : undefined),
})

const isThere = (results: ExistingResults['results'], value: string): boolean => {
  const there = results.get(value)
  return there !== undefined && isScored(there)
}

function transactionOf(
  knowledge: Knowledge,
  source: Origin,
  entries: readonly Entry[],
  existing: ExistingResults,
  recording: Recording,
): Json<Bundle> {
  const written = entries.map(({ reference }) => reference)
  const target = [...orphansOf(written, existing), ...written].map((reference) => ({ reference }))
  if (target.length === 0) return bundleOf([])
  const value = resultValue(source.identity, `provenance-${existing.writes + 1}`)
  const provenance = buildProvenance(knowledge, source, { value, target }, recording)
  const isAudited = knowledge.site.auditEvents === true && existing.unwritable?.has('AuditEvent') !== true
  const audits = isAudited ? [auditEntry(knowledge, source, target, existing, recording)] : []
  return bundleOf([...entries, createEntry({ value, type: 'Provenance', text: provenance }, TAGGED), ...audits])
}

const bundleOf = (entries: readonly Entry[]): Json<Bundle> =>
  object<Bundle>({ resourceType: BUNDLE, type: TRANSACTION, entry: list(entries.map(({ text }) => text)) })

const BUNDLE = json('Bundle' as const)
const TRANSACTION = json('transaction' as const)

/** Results that no Provenance speaks of: a server without transactions was left, or failed, before it was told. They are told of now. */
function orphansOf(written: readonly string[], { results, writes }: ExistingResults): string[] {
  if (writes > 0) return []
  return [...results.values()]
    .flatMap(({ resourceType, id }) => (id === undefined ? [] : [`${resourceType}/${id}`]))
    .filter((reference) => !written.includes(reference))
}

function auditEntry(
  knowledge: Knowledge,
  source: Origin,
  targets: readonly Reference[],
  { writes }: ExistingResults,
  recording: Recording,
): Entry {
  const value = resultValue(source.identity, `audit-${writes + 1}`)
  const audited = { value, subject: source.subject, targets, isFirst: writes === 0 }
  return createEntry({ value, type: 'AuditEvent', text: json(buildAuditEvent(knowledge, source, audited, recording)) }, TAGGED)
}

/** What asks for somebody now is created once, and neither an amendment nor a second write touches it; only a retraction does. */
function alertEntries(
  knowledge: Knowledge,
  result: Result,
  { results, unwritable }: ExistingResults,
  link: Link,
  { recorded }: Recording,
): Entry[] {
  if (result.outcome === 'retracted') return alertValuesOf(result).flatMap((value) => retractionEntry(value, results.get(value)))
  return buildAlerts(knowledge, result, link, recorded)
    .filter(({ value, type }) => !results.has(value) && !unwritable?.has(type))
    .map((built) => createEntry(built, IDENTIFIED))
}

function retractionEntry(value: string, there: ResultResource | undefined): Entry[] {
  if (there?.resourceType !== 'Task' && there?.resourceType !== 'Flag') return []
  const update = retractAlert(there)
  return update === undefined ? [] : [updateEntry(value, update, there)]
}

/** The same resources by themselves: ids by hashing, literal references only; a first write that needs no server. */
export const buildResources = (knowledge: Knowledge, assessment: Assessment, recording: Recording): FhirResource[] =>
  resourceTexts(knowledge, assessment, recording).map(parse)

/** The same as texts, for those who only pass them on. */
export function resourceTexts(knowledge: Knowledge, assessment: Assessment, recording: Recording): Json<FhirResource>[] {
  checkIdentity(assessment)
  const results = buildResults(knowledge, assessment, HASHED)
  const alerts = buildAlerts(knowledge, assessment, HASHED.link, recording.recorded)
  const target = [...results, ...alerts].map(({ type, value }) => ({ reference: `${type}/${resultUuid(value)}` }))
  const value = resultValue(assessment.context.identity!, 'provenance-1')
  const id = json(resultUuid(value))
  return [
    ...results.map(({ text }) => text),
    ...alerts.map(({ value: name, text }) => json(withId(name, parse(text)))),
    buildProvenance(knowledge, sourceOf(assessment), { value, id, target }, recording),
  ]
}

const HASHED: Naming = {
  link: (type, value) => ({ reference: `${type}/${resultUuid(value)}` }),
  idOf: (_type, value) => resultUuid(value),
}

const withId = <R extends FhirResource>(value: string, { resourceType, ...rest }: R): R =>
  ({ resourceType, id: resultUuid(value), ...rest }) as unknown as R

function checkIdentity({ context }: Assessment): void {
  if (context.identity !== undefined) return
  throw new AssessmentError('required', 'The response has neither id nor identifier: its results could not be found again', {
    expression: 'QuestionnaireResponse.identifier',
  })
}

function entryOf(built: BuiltResult<Scored>, { results, renewBaselines, takesIds }: ExistingResults): Entry[] {
  const existing = results.get(built.value)
  if (existing === undefined || !isScored(existing)) return [takesIds?.has(built.type) ? putEntry(built) : createEntry(built, IDENTIFIED)]
  const update = reconcile(existing, parse(built.text), renewBaselines)
  return update === undefined ? [] : [updateEntry(built.value, update, existing)]
}
