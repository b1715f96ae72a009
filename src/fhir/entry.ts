import type { BundleEntry, BundleEntryRequest, FhirResource } from 'fhir/r4.js'
import { type Json, json, object, plain } from '../json.ts'
import { remembered } from '../once.ts'
import type { ResultResource } from '../risk/assessment.ts'
import { RESULT_SYSTEM, resultUuid } from '../score/identity.ts'

/** One entry of a transaction, and how the Provenance names what it writes. */
export interface Entry {
  readonly reference: string
  readonly text: Json<BundleEntry>
}

/** What is new is named by the UUID of its entry. */
export const urnOf = (value: string): string => `urn:uuid:${resultUuid(value)}`

interface Created {
  readonly value: string
  readonly type: FhirResource['resourceType']
  readonly text: Json<FhirResource>
}

const ENCODED_SYSTEM = encodeURIComponent(RESULT_SYSTEM)

/**
 * What a conditional create looks for, up to the identifier value: percent-encoded once, `|` between system and value, of which the latter has nothing to encode. R4 gives Provenance
 * and AuditEvent no identifier, so they carry a tag.
 */
export const IDENTIFIED = `identifier=${ENCODED_SYSTEM}%7C`
export const TAGGED = `_tag=${ENCODED_SYSTEM}%7C`

/** Makes what is not there yet. */
export function createEntry({ value, type, text }: Created, soughtBy: string): Entry {
  const reference = urnOf(value)
  // Nothing in the name of a result has to be quoted, nor in a UUID.
  const request = `${requestBefore(type, soughtBy)}${value}"}` as Json<BundleEntryRequest>
  return { reference, text: object<BundleEntry>({ fullUrl: plain(reference), resource: text, request }) }
}

/** A conditional create of this type up to the name that it looks for. */
const requestBefore = remembered((type: string, soughtBy: string) =>
  json<BundleEntryRequest>({ method: 'POST', url: type, ifNoneExist: soughtBy }).slice(0, -'"}'.length),
)

/** Makes it under an id of ours, which its text has already. */
export function putEntry({ value, type, text }: Created): Entry {
  const reference = `${type}/${resultUuid(value)}`
  const request = json<BundleEntryRequest>({ method: 'PUT', url: reference })
  return { reference, text: object<BundleEntry>({ fullUrl: json(urnOf(value)), resource: text, request }) }
}

/** Replaces what is there in the version that was read. */
export function updateEntry(value: string, resource: ResultResource, { id, meta }: ResultResource): Entry {
  const url = `${resource.resourceType}/${id}`
  const version: unknown = meta?.versionId
  const ifMatch = typeof version === 'string' ? { ifMatch: `W/"${version}"` } : {}
  return { reference: url, text: json<BundleEntry>({ fullUrl: urnOf(value), resource, request: { method: 'PUT', url, ...ifMatch } }) }
}
