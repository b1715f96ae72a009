import type { Bundle, BundleEntry, BundleEntryResponse, BundleLink, CapabilityStatement, FhirResource } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { isObject, objectsIn } from '../json-object.ts'
import { type Abilities, abilitiesOf, UNKNOWN_ABILITIES } from './abilities.ts'
import { type Connection, type FhirAnswer, sendRequest } from './request.ts'

export type SearchParameters = Readonly<Record<string, string | readonly string[]>>

/** A hospital's FHIR server, as far as we use one. Every call throws AssessmentError as `sendRequest` says. */
export interface FhirServer {
  readonly baseUrl: string
  readonly read: <R extends FhirResource>(type: R['resourceType'], id: string) => Promise<R>
  /** Whatever stands at a path below the base: an operation that only asks. */
  readonly get: (path: string) => Promise<unknown>
  /** All matches, page by page. */
  readonly search: <R extends FhirResource>(type: R['resourceType'], parameters: SearchParameters) => AsyncGenerator<R>
  readonly searchAll: <R extends FhirResource>(type: R['resourceType'], parameters: SearchParameters) => Promise<R[]>
  /** Every version of one resource that the server still has, page by page; deletions are left out. */
  readonly history: <R extends FhirResource>(type: R['resourceType'], id: string) => Promise<R[]>
  /** A conditional create when `ifNoneExist` is given, and only then repeated on failure. */
  readonly create: <R extends FhirResource>(resource: R, ifNoneExist?: string) => Promise<R>
  /** An update of the version read; `conflict` when the server holds another by now. */
  readonly update: <R extends FhirResource>(resource: R) => Promise<R>
  /** Safe to repeat: each entry is a conditional create or carries If-Match. */
  readonly transaction: (bundle: Bundle) => Promise<Bundle>
  /** One entry of a transaction by itself; `isConditional`: the server heeds If-None-Exist, so that a create may be repeated. `location` is `Type/id`. */
  readonly send: (entry: BundleEntry, isConditional: boolean) => Promise<BundleEntryResponse>
  /** An operation that changes nothing, such as `Observation/$validate`; its answer as it came. */
  readonly operation: (path: string, body: FhirResource) => Promise<unknown>
  readonly capabilities: () => Promise<CapabilityStatement>
  /** What its CapabilityStatement says, asked once. */
  readonly abilities: () => Promise<Abilities>
}

export function createFhirServer(connection: Connection): FhirServer {
  const get = async (path: string): Promise<unknown> => (await sendRequest(connection, { method: 'GET', path, repeatable: true })).body
  const search = <R extends FhirResource>(type: R['resourceType'], parameters: SearchParameters): AsyncGenerator<R> =>
    searchPages<R>(get, `/${type}?${queryOf(parameters)}`)
  const capabilities = async () => (await get('/metadata')) as CapabilityStatement
  return {
    baseUrl: connection.baseUrl,
    get,
    read: async <R extends FhirResource>(type: R['resourceType'], id: string) => (await get(`/${type}/${encodeURIComponent(id)}`)) as R,
    search,
    searchAll: <R extends FhirResource>(type: R['resourceType'], parameters: SearchParameters) =>
      Array.fromAsync(search<R>(type, parameters)),
    history: <R extends FhirResource>(type: R['resourceType'], id: string) =>
      Array.fromAsync(searchPages<R>(get, `/${type}/${encodeURIComponent(id)}/_history`)),
    create: <R extends FhirResource>(resource: R, ifNoneExist?: string) => createOne(connection, resource, ifNoneExist),
    update: <R extends FhirResource>(resource: R) => updateOne(connection, resource),
    transaction: async (bundle) => {
      const answer = await sendRequest(connection, { method: 'POST', path: '', body: bundle, repeatable: true })
      return bundleOf(answer.body)
    },
    send: (entry, isConditional) => sendEntry(connection, entry, isConditional),
    operation: async (path, body) => (await sendRequest(connection, { method: 'POST', path: `/${path}`, body, repeatable: true })).body,
    capabilities,
    abilities: once(() => capabilities().then(abilitiesOf, unknownUnlessDown)),
  }
}

/** One that hides its statement, or has none, may well do everything. One that is down is asked again. */
function unknownUnlessDown(error: unknown): Abilities {
  if (error instanceof AssessmentError && error.code !== 'transient') return UNKNOWN_ABILITIES
  throw error
}

/** Remembers what came; a failure is not remembered. */
function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined
      throw error
    })
    return known
  }
}

export function queryOf(parameters: SearchParameters): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one) => [name, one as string] as const))
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
}

async function* searchPages<R extends FhirResource>(get: (path: string) => Promise<unknown>, first: string): AsyncGenerator<R> {
  for (let path: string | undefined = first; path !== undefined; ) {
    const { entry, link }: Bundle = bundleOf(await get(path))
    for (const { resource, search } of objectsIn<BundleEntry>(entry)) {
      if (isObject(resource) && search?.mode !== 'outcome') yield resource as unknown as R
    }
    const next: string | undefined = objectsIn<BundleLink>(link).find(({ relation }) => relation === 'next')?.url
    if (next === path) throw new AssessmentError('processing', 'The FHIR server names a page as its own successor')
    path = next
  }
}

const bundleOf = (body: unknown): Bundle => {
  if (typeof body === 'object' && body !== null && (body as Bundle).resourceType === 'Bundle') return body as Bundle
  throw new AssessmentError('processing', 'The FHIR server answered with something else than a Bundle')
}

const PREFER = { prefer: 'return=representation' }

async function createOne<R extends FhirResource>(connection: Connection, resource: R, ifNoneExist: string | undefined): Promise<R> {
  const headers = { ...PREFER, ...(ifNoneExist !== undefined && { 'if-none-exist': ifNoneExist }) }
  const request = {
    method: 'POST' as const,
    path: `/${resource.resourceType}`,
    headers,
    body: resource,
    repeatable: ifNoneExist !== undefined,
  }
  return storedOf(connection, resource, await sendRequest(connection, request))
}

async function updateOne<R extends FhirResource>(connection: Connection, resource: R): Promise<R> {
  const version = resource.meta?.versionId
  const headers = { ...PREFER, ...(version !== undefined && { 'if-match': `W/"${version}"` }) }
  const path = `/${resource.resourceType}/${resource.id}`
  return storedOf(
    connection,
    resource,
    await sendRequest(connection, { method: 'PUT', path, headers, body: resource, repeatable: version !== undefined }),
  )
}

async function sendEntry(connection: Connection, { resource, request }: BundleEntry, isConditional: boolean): Promise<BundleEntryResponse> {
  const { method, url, ifNoneExist, ifMatch } = request!
  const headers = { ...PREFER, ...(ifNoneExist && { 'if-none-exist': ifNoneExist }), ...(ifMatch && { 'if-match': ifMatch }) }
  const repeatable = ifMatch !== undefined || (ifNoneExist !== undefined && isConditional)
  const order = { method: method as 'POST' | 'PUT', path: `/${url}`, headers, body: resource, repeatable }
  const answer = await sendRequest(connection, order)
  const { resourceType, id, meta } = await storedOf(connection, resource as FhirResource, answer)
  return {
    status: String(answer.status),
    location: `${resourceType}/${id}${meta?.versionId === undefined ? '' : `/_history/${meta.versionId}`}`,
  }
}

/** The resource as the server now holds it: its answer, else (an empty body is allowed) what stands at `Location`. */
async function storedOf<R extends FhirResource>(connection: Connection, sent: R, { body, headers }: FhirAnswer): Promise<R> {
  if (typeof body === 'object' && body !== null && (body as FhirResource).resourceType === sent.resourceType) return body as R
  const id = new RegExp(`${sent.resourceType}/([A-Za-z0-9\\-.]{1,64})`).exec(headers.get('location') ?? '')?.[1] ?? sent.id
  if (id === undefined) throw new AssessmentError('processing', 'The FHIR server does not say where it stored the resource')
  return (await sendRequest(connection, { method: 'GET', path: `/${sent.resourceType}/${id}`, repeatable: true })).body as R
}
