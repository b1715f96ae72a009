import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js'
import { operationOutcome } from '../../fhir/operation-outcome.ts'
import { isObject } from '../../json-object.ts'
import type { Call, Outcome } from './call.ts'
import { type Entry, execute } from './execute.ts'
import { httpStatus } from './http-status.ts'
import { interactionOf } from './interaction.ts'
import type { Preference } from './preference.ts'
import { etagOf } from './read.ts'
import { refusal, refusalOf, withinEntry } from './refusal.ts'

/**
 * Carries out a batch (each entry for itself) or a transaction (all or nothing) and answers entry by entry, in the order they came.
 * Refused as a whole: what is no such Bundle, a fullUrl twice (bdl-7); for a transaction also whatever refuses one of its entries.
 */
export function runBundle(call: Call, body: unknown, preference: Preference): Bundle {
  const bundle = isObject(body) && body.resourceType === 'Bundle' ? body : undefined
  if (bundle?.type !== 'batch' && bundle?.type !== 'transaction') {
    throw refusal(400, 'invalid', 'Only a Bundle of the type batch or transaction can be posted here', 'Bundle.type')
  }
  const entries: unknown[] = Array.isArray(bundle.entry) ? bundle.entry : []
  refuseRepeatedUrls(entries)
  const answered = bundle.type === 'batch' ? batch(call, entries, preference) : transaction(call, entries, preference)
  return { resourceType: 'Bundle', type: `${bundle.type}-response`, ...(answered.length > 0 && { entry: answered }) }
}

function transaction(call: Call, entries: readonly unknown[], preference: Preference): BundleEntry[] {
  const parsed = entries.map((entry, index) => withinEntry(index, () => entryOf(call, entry)))
  return execute(call, parsed, withinEntry).map((outcome) => answerOf(outcome, preference))
}

function batch(call: Call, entries: readonly unknown[], preference: Preference): BundleEntry[] {
  return entries.map((entry, index) => {
    try {
      const [outcome] = execute(call, [withinEntry(index, () => entryOf(call, entry))], (_, work) => withinEntry(index, work))
      return answerOf(outcome as Outcome, preference)
    } catch (error) {
      const { status, issues } = refusalOf(error)
      return { response: { status: httpStatus(status), outcome: operationOutcome(issues) } }
    }
  })
}

function entryOf({ base }: Call, entry: unknown): Entry {
  const request = isObject(entry) && isObject(entry.request) ? entry.request : undefined
  if (!isObject(entry) || typeof request?.method !== 'string' || typeof request.url !== 'string') {
    throw refusal(400, 'required', 'The entry needs a request with method and url (bdl-3)')
  }
  const { method, url } = request
  const interaction = interactionOf({
    method,
    url: url.startsWith(`${base}/`) ? url.slice(base.length) : url,
    resource: entry.resource,
    ifMatch: textOf(request.ifMatch),
    ifNoneMatch: textOf(request.ifNoneMatch),
    ifNoneExist: textOf(request.ifNoneExist),
  })
  return { ...interaction, fullUrl: textOf(entry.fullUrl) }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function refuseRepeatedUrls(entries: readonly unknown[]): void {
  const seen = new Set<unknown>()
  for (const [index, entry] of entries.entries()) {
    const fullUrl = isObject(entry) ? entry.fullUrl : undefined
    if (fullUrl !== undefined && seen.has(fullUrl)) {
      throw refusal(400, 'duplicate', 'The fullUrl is used by an earlier entry (bdl-7)', `Bundle.entry[${index}].fullUrl`)
    }
    seen.add(fullUrl)
  }
}

/** What was written is repeated only on `Prefer: return=representation`. */
function answerOf({ status, version, body, isWrite }: Outcome, { shown }: Preference): BundleEntry {
  const resource = !isWrite || shown === 'representation' ? body : undefined
  return {
    ...(resource && { resource: resource as unknown as FhirResource }),
    response: {
      status: httpStatus(status),
      ...(version && {
        location: `${version.type}/${version.id}/_history/${version.version}`,
        etag: etagOf(version),
        lastModified: new Date(version.at).toISOString(),
      }),
      ...(isWrite && shown === 'OperationOutcome' && { outcome: operationOutcome([]) }),
    },
  }
}
