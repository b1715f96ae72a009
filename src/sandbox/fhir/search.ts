import type { Bundle, BundleEntry, BundleLink, FhirResource } from 'fhir/r4.js'
import { operationOutcome } from '../../fhir/operation-outcome.ts'
import type { Call } from './call.ts'
import { all } from './clause.ts'
import { refusal } from './refusal.ts'
import { type Include, type SearchRequest, searchRequestOf } from './search-request.ts'
import type { Snapshot, Version } from './store.ts'

const SNAPSHOT_LIFE = 3_600_000

/**
 * The searchset of `GET [type]?query`: only what the grant reaches, also among the included.
 * A result longer than one page is kept as a snapshot for an hour; its pages (`_page`, `_offset`) neither skip nor repeat while others write.
 */
export function search(call: Call, type: string, query: string): Bundle {
  const parameters = new URLSearchParams(query)
  const page = parameters.get('_page')
  if (page !== null) return laterPage(call, type, page, Number(parameters.get('_offset')))
  const request = searchRequestOf(type, query, call, call.lenient)
  const keys = call.store.find(type, all([call.access.clause(type, 's'), request.clause]), request.order)
  if (request.countOnly) return { resourceType: 'Bundle', type: 'searchset', total: keys.length, link: [selfLink(call, request)] }
  const snapshot = { id: call.newId(), type, query, at: call.now, keys }
  if (keys.length > request.count) call.store.keep(snapshot, call.now - SNAPSHOT_LIFE)
  return pageOf(call, request, snapshot, 0)
}

/** The rights are looked at again: the page may be asked for by another client, or the data have changed. */
function laterPage(call: Call, type: string, id: string, offset: number): Bundle {
  const readable = call.access.clause(type, 's')
  const snapshot = call.store.snapshot(id)
  if (snapshot?.type !== type || !Number.isInteger(offset) || offset < 0) {
    throw refusal(410, 'expired', 'This page is no longer kept; search again')
  }
  const request = searchRequestOf(type, snapshot.query, call, true)
  const asked = snapshot.keys.slice(offset, offset + request.count)
  const inPage = { sql: 'r.key IN (SELECT value FROM json_each(?))', values: [JSON.stringify(asked)] }
  const allowed = new Set(call.store.find(type, all([inPage, readable])))
  return pageOf(
    call,
    request,
    snapshot,
    offset,
    asked.filter((key) => allowed.has(key)),
  )
}

function pageOf(
  call: Call,
  request: SearchRequest,
  snapshot: Snapshot,
  offset: number,
  shown = snapshot.keys.slice(0, request.count),
): Bundle {
  const matches = call.store.load(shown)
  const included = request.includes.flatMap((include) => includedKeys(call, include, matches))
  const others = [...new Set(included)].filter((key) => !shown.includes(key))
  const entries = [
    ...matches.map((version) => entryOf(call, version, 'match')),
    ...call.store.load(others).map((version) => entryOf(call, version, 'include')),
    ...ignoredEntries(request),
  ]
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    ...(request.withTotal && { total: snapshot.keys.length }),
    link: linksOf(call, request, snapshot, offset),
    ...(entries.length > 0 && { entry: entries }),
  }
}

function linksOf(call: Call, request: SearchRequest, { id, type, keys }: Snapshot, offset: number): BundleLink[] {
  const pageLink = (relation: string, at: number) => ({ relation, url: `${call.base}/${type}?_page=${id}&_offset=${at}` })
  if (keys.length <= request.count) return [selfLink(call, request)]
  return [
    offset === 0 ? selfLink(call, request) : pageLink('self', offset),
    pageLink('first', 0),
    ...(offset > 0 ? [pageLink('previous', Math.max(0, offset - request.count))] : []),
    ...(offset + request.count < keys.length ? [pageLink('next', offset + request.count)] : []),
  ]
}

function selfLink({ base }: Call, { type, query }: SearchRequest): BundleLink {
  return { relation: 'self', url: query === '' ? `${base}/${type}` : `${base}/${type}?${query}` }
}

const entryOf = ({ base }: Call, { type, id, resource }: Version, mode: 'match' | 'include'): BundleEntry => ({
  fullUrl: `${base}/${type}/${id}`,
  resource: resource as unknown as FhirResource,
  search: { mode },
})

function ignoredEntries({ type, ignored }: SearchRequest): BundleEntry[] {
  if (ignored.length === 0) return []
  const diagnostics = `Passed over, as ${type} cannot be searched by: ${ignored.join(', ')}`
  return [{ resource: operationOutcome([{ severity: 'warning', code: 'not-supported', diagnostics }]), search: { mode: 'outcome' } }]
}

/** Keys of the included resources that the grant may read. A type it may not read at all is left out in silence. */
function includedKeys({ store, access }: Call, { reverse, source, param, target }: Include, matches: readonly Version[]): number[] {
  const from = JSON.stringify(matches.map(({ key, type, id }) => (reverse ? `${type}/${id}` : key)))
  const values = reverse ? [source, param, from] : [param, from]
  const sql = reverse
    ? 'SELECT DISTINCT r.type FROM value v JOIN resource r ON r.key = v.key WHERE v.type = ? AND v.param = ? AND v.text IN (SELECT value FROM json_each(?))'
    : 'SELECT DISTINCT r.type FROM value v JOIN resource r ON r.ref = v.text WHERE v.param = ? AND v.key IN (SELECT value FROM json_each(?))'
  const inside = reverse
    ? 'r.key IN (SELECT v.key FROM value v WHERE v.type = ? AND v.param = ? AND v.text IN (SELECT value FROM json_each(?)))'
    : 'r.ref IN (SELECT v.text FROM value v WHERE v.param = ? AND v.key IN (SELECT value FROM json_each(?)))'
  const types = store.column({ sql, values }).map(String)
  const wanted = types.filter((type) => access.permits(type, 'r') && (reverse || target === undefined || type === target))
  return wanted.flatMap((type) => store.find(type, all([{ sql: inside, values }, access.clause(type, 'r')])))
}
