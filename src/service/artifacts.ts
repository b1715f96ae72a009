import type { RequestHandler } from 'express'
import type { Bundle, FhirResource } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { CANONICAL, DIALECTS, type Dialect, inDialect, isDialect } from '../publish/dialect.ts'
import { sendResource } from './error-handler.ts'

/** The types of published artifacts, each readable and searchable. */
export const ARTIFACT_TYPES = [
  'Questionnaire',
  'CodeSystem',
  'ValueSet',
  'ConceptMap',
  'ObservationDefinition',
  'PlanDefinition',
  'Library',
  'StructureDefinition',
  'OperationDefinition',
] as const
export type ArtifactType = (typeof ARTIFACT_TYPES)[number]

/** The published artifacts, by type and id. */
export interface Artifacts {
  readonly types: readonly ArtifactType[]
  readonly read: (type: ArtifactType, id: string) => FhirResource | undefined
  readonly search: (type: ArtifactType, criteria: { readonly url?: string; readonly version?: string }) => readonly FhirResource[]
}

export function createArtifacts(resources: readonly FhirResource[]): Artifacts {
  const byType = Map.groupBy(resources, ({ resourceType }) => resourceType)
  const of = (type: ArtifactType) => byType.get(type) ?? []
  return {
    types: ARTIFACT_TYPES.filter((type) => byType.has(type)),
    read: (type, id) => of(type).find((one) => one.id === id),
    search: (type, criteria) =>
      of(type).filter((one) => {
        const { url, version } = canonicalIn(one)
        return (criteria.url ?? url) === url && (criteria.version ?? version) === version
      }),
  }
}

/** R4 gives an ObservationDefinition neither: its identifier is its canonical, and the version stands with its method. */
function canonicalIn(resource: FhirResource): { readonly url?: string | undefined; readonly version?: string | undefined } {
  if (resource.resourceType !== 'ObservationDefinition') return resource as { url?: string; version?: string }
  return { url: resource.identifier?.[0]?.value, version: resource.method?.coding?.[0]?.version }
}

/** `GET /<Type>/<id>`; a Questionnaire also in a `?dialect=`. Throws `not-found`, `code-invalid` for a dialect that is none. */
export function readArtifact(artifacts: Artifacts, type: ArtifactType, baseUrl: string): RequestHandler {
  return (req, res) => {
    const found = artifacts.read(type, String(req.params.id))
    if (found === undefined) throw new AssessmentError('not-found', `There is no ${type} of this id`)
    sendResource(res, 200, spokenIn(dialectOf(new URL(req.originalUrl, baseUrl).searchParams), found))
  }
}

/** What artifacts of a type are searched by. A Questionnaire's dialect is no criterion: it says how those found are written. */
export const searchParametersOf = (type: ArtifactType): readonly string[] =>
  type === 'Questionnaire' ? ['url', 'version', 'dialect'] : ['url', 'version']

/**
 * `GET /<Type>?url=&version=&dialect=`: a searchset of all that match. Throws `not-supported` for any other parameter, since a search that ignored
 * it would answer wrongly, and `code-invalid` for a dialect that is none.
 */
export function searchArtifacts(artifacts: Artifacts, type: ArtifactType, baseUrl: string): RequestHandler {
  const known = searchParametersOf(type)
  return (req, res) => {
    const query = new URL(req.originalUrl, baseUrl).searchParams
    const isUsable = [...query.keys()].every((name) => name === '_format' || known.includes(name))
    if (!isUsable || known.some((name) => query.getAll(name).length > 1))
      throw new AssessmentError('not-supported', `A ${type} is searched by ${known.join(', ')}, each once`)
    const [url, version] = [query.get('url') ?? undefined, query.get('version') ?? undefined]
    const dialect = dialectOf(query)
    const found = artifacts.search(type, { ...(url !== undefined && { url }), ...(version !== undefined && { version }) })
    sendResource(
      res,
      200,
      searchset(
        found.map((one) => spokenIn(dialect, one)),
        `${baseUrl}/${type}`,
        query,
      ),
    )
  }
}

function dialectOf(query: URLSearchParams): Dialect {
  const name = query.get('dialect') ?? CANONICAL
  if (isDialect(name)) return name
  throw new AssessmentError('code-invalid', `This dialect is not known; known are ${DIALECTS.join(', ')}`)
}

const spokenIn = (dialect: Dialect, resource: FhirResource): FhirResource =>
  resource.resourceType === 'Questionnaire' ? inDialect(resource, dialect) : resource

function searchset(found: readonly FhirResource[], address: string, query: URLSearchParams): Bundle {
  const asked = query.size > 0 ? `?${query}` : ''
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [{ relation: 'self', url: `${address}${asked}` }],
    ...(found.length > 0 && {
      entry: found.map((resource) => ({ fullUrl: `${address}/${resource.id}`, resource, search: { mode: 'match' as const } })),
    }),
  }
}
