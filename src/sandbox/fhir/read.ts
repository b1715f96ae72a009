import type { Bundle, BundleEntry, FhirResource } from 'fhir/r4.js'
import type { Call, Outcome } from './call.ts'
import { httpStatus } from './http-status.ts'
import type { Interaction } from './interaction.ts'
import { refusal } from './refusal.ts'
import type { AnyResource } from './resource.ts'
import { search } from './search.ts'
import type { Version } from './store.ts'

/**
 * Answers read, vread, history and search. That the grant has a scope for it has been seen to; whether it reaches this resource is
 * asked here, of each version by its own content. Refused: 404 unknown, 410 deleted, 403 out of reach.
 */
export function read(call: Call, interaction: Interaction): Outcome {
  const { kind, type } = interaction
  if (kind === 'search') return { status: 200, isWrite: false, body: search(call, type, interaction.query) as unknown as AnyResource }
  if (kind === 'history') return { status: 200, isWrite: false, body: historyBundle(call, type, interaction.id) as unknown as AnyResource }
  if (kind === 'vread') return seen(call, call.store.version(type, interaction.id, interaction.version))
  if (kind !== 'read') throw new TypeError(`${kind} is not a reading interaction`)
  const outcome = seen(call, call.store.current(type, interaction.id))
  return interaction.ifNoneMatch === etagOf(outcome.version) ? { status: 304, isWrite: false, version: outcome.version } : outcome
}

export const etagOf = ({ version }: Pick<Version, 'version'>): string => `W/"${version}"`

function seen(call: Call, version: Version | undefined): Outcome & { readonly version: Version } {
  if (!version) throw refusal(404, 'not-found', 'There is no such resource')
  const content = version.resource ?? lastContent(call, version)
  if (content) call.access.assertReadable(content)
  if (!version.resource) throw refusal(410, 'deleted', 'The resource has been deleted')
  return { status: 200, isWrite: false, version, body: version.resource }
}

/** What a deleted resource was decides who may hear that it was deleted. */
const lastContent = ({ store }: Call, { type, id }: Version): AnyResource | undefined =>
  store.history(type, id).find(({ resource }) => resource !== undefined)?.resource

function historyBundle(call: Call, type: string, id: string): Bundle {
  const versions = call.store.history(type, id)
  if (versions.length === 0) throw refusal(404, 'not-found', 'There is no such resource')
  const last = lastContent(call, versions[0] as Version)
  if (last) call.access.assertReadable(last)
  const readable = versions.filter(({ resource }) => resource === undefined || call.access.isReadable(resource))
  return {
    resourceType: 'Bundle',
    type: 'history',
    total: readable.length,
    link: [{ relation: 'self', url: `${call.base}/${type}/${id}/_history` }],
    ...(readable.length > 0 && { entry: readable.map((version) => historyEntry(call, version)) }),
  }
}

function historyEntry({ base }: Call, version: Version): BundleEntry {
  const { type, id, method, resource, at } = version
  const status = method === 'DELETE' ? 204 : version.version === 1 ? 201 : 200
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(resource && { resource: resource as unknown as FhirResource }),
    request: { method, url: method === 'POST' ? type : `${type}/${id}` },
    response: { status: httpStatus(status), etag: etagOf(version), lastModified: new Date(at).toISOString() },
  }
}
