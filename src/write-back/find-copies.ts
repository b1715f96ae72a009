import type { Coding, Observation, Reference, RiskAssessment } from 'fhir/r4.js'
import { RESULT_SYSTEM, resultUuid } from '../score/identity.ts'
import { referenceKey } from '../score/reference.ts'

export type Copied = Observation | RiskAssessment

/** Resources that a server holds more than once, and what is to become of them. */
export interface CopyGroup {
  /** Our identifier value; or that it is the same thing said of the same woman, at the same time, from the same response. */
  readonly by: 'identifier' | 'content'
  readonly keep: Copied
  readonly retract: readonly Copied[]
  /** Under one identifier, and yet not the same: what is kept may not be the newest answer, so it must be scored again. */
  readonly differs: boolean
}

/**
 * Finds copies that re-submissions have left, of whatever app: of our own by the result identifier; of others by type, subject, code, time, source, author of
 * the score, and value alike. What differs in value is an amendment or a second answer, and no copy. What is entered in error does not count, so that what was repaired
 * is not found again.
 */
export function findCopies(resources: readonly Copied[]): CopyGroup[] {
  const standing = resources.filter(({ status, id }) => status !== 'entered-in-error' && status !== 'cancelled' && id !== undefined)
  const pointedAt = countReferences(standing)
  const byIdentifier = Map.groupBy(standing, (one) => ownValueOf(one))
  const others = Map.groupBy(byIdentifier.get(undefined) ?? [], contentKeyOf)
  byIdentifier.delete(undefined)
  others.delete(undefined)
  return [
    ...[...byIdentifier.values()].flatMap((group) => groupOf('identifier', group, pointedAt)),
    ...[...others.values()].flatMap((group) => groupOf('content', group, pointedAt)),
  ]
}

const ownValueOf = ({ identifier }: Copied): string | undefined => identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value

/** How often others point at each: panels at their members, assessments at what they rest on. */
function countReferences(resources: readonly Copied[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const pointers = resources.flatMap((one): Reference[] =>
    one.resourceType === 'Observation' ? [...(one.hasMember ?? []), ...(one.derivedFrom ?? [])] : (one.basis ?? []),
  )
  for (const pointer of pointers) {
    const key = referenceKey(pointer)
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function groupOf(by: CopyGroup['by'], group: readonly Copied[], pointedAt: ReadonlyMap<string, number>): CopyGroup[] {
  if (group.length < 2) return []
  const [keep, ...retract] = group.toSorted(byPrecedence(pointedAt))
  const differs = new Set(group.map(meaningOf)).size > 1
  return [{ by, keep: keep!, retract, differs }]
}

/** The same order for everybody who repairs: the one with our own id, then the one that others point at most, then the oldest. */
const byPrecedence =
  (pointedAt: ReadonlyMap<string, number>) =>
  (one: Copied, other: Copied): number =>
    Number(hasOwnId(other)) - Number(hasOwnId(one)) ||
    (pointedAt.get(keyOf(other)) ?? 0) - (pointedAt.get(keyOf(one)) ?? 0) ||
    (one.meta?.lastUpdated ?? '').localeCompare(other.meta?.lastUpdated ?? '') ||
    one.id!.localeCompare(other.id!)

const keyOf = ({ resourceType, id }: Copied): string => `${resourceType}/${id}`

function hasOwnId(resource: Copied): boolean {
  const value = ownValueOf(resource)
  return value !== undefined && resource.id === resultUuid(value)
}

/** Undefined where too little is said to call two the same: without a source, two forms of one day would be one. */
function contentKeyOf(resource: Copied): string | undefined {
  const { subject, status } = resource
  const isObservation = resource.resourceType === 'Observation'
  const sources = (isObservation ? resource.derivedFrom : resource.basis) ?? []
  const time = isObservation ? resource.effectiveDateTime : resource.occurrenceDateTime
  const about = isObservation ? resource.code.coding : [...(resource.code?.coding ?? []), ...(resource.method?.coding ?? [])]
  // An assessment also rests on scores, and a copy of it on copies of those.
  const source = sources.flatMap((one) => (referenceKey(one)?.startsWith('QuestionnaireResponse/') ? [referenceKey(one)!] : []))
  const her = referenceKey(subject)
  if (her === undefined || time === undefined || source.length === 0 || !about?.length) return undefined
  return JSON.stringify([
    resource.resourceType,
    status,
    her,
    codesOf(about),
    time,
    source.toSorted(),
    authorsOf(resource),
    meaningOf(resource),
  ])
}

const codesOf = (codings: readonly Coding[]): string[] => codings.map(({ system, code }) => `${system}|${code}`).toSorted()

function authorsOf(resource: Copied): unknown[] {
  if (resource.resourceType === 'RiskAssessment') return [resource.performer]
  return [
    resource.device,
    resource.performer,
    resource.encounter,
    resource.focus,
    resource.bodySite,
    resource.method?.coding,
    resource.extension,
  ]
}

/** What it says, without what each write makes anew. References between copies are left out: copies point at each other's copies. */
function meaningOf(resource: Copied): string {
  if (resource.resourceType === 'RiskAssessment') return JSON.stringify([resource.status, resource.prediction, resource.mitigation])
  const { status, valueQuantity, valueInteger, valueString, valueBoolean, valueCodeableConcept, dataAbsentReason, component } = resource
  return JSON.stringify([
    status,
    valueQuantity?.value,
    valueQuantity?.code,
    valueInteger,
    valueString,
    valueBoolean,
    valueCodeableConcept,
    dataAbsentReason,
    component,
    (resource.hasMember ?? []).length,
  ])
}
