import type { FhirServer } from '../ehr/fhir-server.ts'
import { queryOf } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { Artifact, CanonicalArtifact } from '../publish/artifact.ts'
import { type Change, changesOf, isOurs } from '../publish/compare-artifact.ts'

/** What becomes of one artifact on a server; decided before anything is written. */
export type Plan =
  | { readonly action: 'unchanged'; readonly existing: Artifact }
  | { readonly action: 'updated'; readonly existing: Artifact; readonly changes: readonly Change[] }
  /** At the id that it has here, unless something else stands there. */
  | { readonly action: 'created'; readonly isIdFree: boolean }
  | { readonly action: 'refused'; readonly reason: string }

/**
 * Looks for the artifact by its url and version (an ObservationDefinition: by id) and says what publishing means. Refused: what another publisher
 * holds under the same url, in whatever version, and a version that stands there twice. Other versions of ours are left alone.
 */
export const planOf = (server: FhirServer, artifact: Artifact): Promise<Plan> =>
  artifact.resourceType === 'ObservationDefinition' ? planById(server, artifact) : planByUrl(server, artifact)

async function planById(server: FhirServer, artifact: Artifact): Promise<Plan> {
  const existing = await readIfThere(server, artifact)
  if (existing === undefined) return { action: 'created', isIdFree: true }
  if (isOurs(existing, artifact)) return planFor(existing, artifact)
  return { action: 'refused', reason: `another definition stands at ${nameOf(artifact)}` }
}

async function planByUrl(server: FhirServer, artifact: CanonicalArtifact): Promise<Plan> {
  const found = await server.searchAll<CanonicalArtifact>(artifact.resourceType, { url: artifact.url! })
  const known = planAmong(found, artifact)
  if (known) return known
  // A search may lag behind what was written a moment ago.
  const there = await readIfThere(server, artifact)
  if (there === undefined) return { action: 'created', isIdFree: true }
  return (
    planAmong(
      [there as CanonicalArtifact].filter(({ url }) => url === artifact.url),
      artifact,
    ) ?? { action: 'created', isIdFree: false }
  )
}

function planAmong(found: readonly CanonicalArtifact[], artifact: CanonicalArtifact): Plan | undefined {
  const foreign = found.find((one) => !isOurs(one, artifact))
  if (foreign)
    return { action: 'refused', reason: `${nameOf(foreign)} has this url and is published by ${foreign.publisher ?? 'nobody named'}` }
  const [existing, second] = found.filter(({ version }) => version === artifact.version)
  if (second) return { action: 'refused', reason: `this version stands there more than once: ${nameOf(existing!)}, ${nameOf(second)}` }
  return existing && planFor(existing, artifact)
}

function planFor(existing: Artifact, artifact: Artifact): Plan {
  const changes = changesOf(existing, artifact)
  return changes.length === 0 ? { action: 'unchanged', existing } : { action: 'updated', existing, changes }
}

async function readIfThere(server: FhirServer, { resourceType, id }: Artifact): Promise<Artifact | undefined> {
  return await server.read<Artifact>(resourceType, id!).catch((error: unknown) => {
    if (error instanceof AssessmentError && (error.code === 'not-found' || error.code === 'deleted')) return undefined
    throw error
  })
}

/**
 * Does what was planned and gives what the server now holds. Doing it twice is safe: updates carry the version that was read, and a second
 * create finds the first. A server that chooses ids itself is given a conditional create.
 */
export async function carryOut(server: FhirServer, artifact: Artifact, plan: Exclude<Plan, { action: 'refused' }>): Promise<Artifact> {
  if (plan.action === 'unchanged') return plan.existing
  if (plan.action === 'updated') return await server.update({ ...artifact, ...placeOf(plan.existing, artifact) })
  if (plan.isIdFree) {
    const stored = await server.update(artifact).catch((error: unknown) => {
      if (isOwnIdRefused(error) && artifact.resourceType !== 'ObservationDefinition') return undefined
      throw error
    })
    if (stored !== undefined) return stored
  }
  const { url, version } = artifact as CanonicalArtifact
  return await server.create(artifact, queryOf({ url: url!, version: version! }))
}

const placeOf = ({ id, meta }: Artifact, { meta: own }: Artifact): Pick<Artifact, 'id' | 'meta'> => ({
  ...(id !== undefined && { id }),
  meta: { ...own, ...(meta?.versionId !== undefined && { versionId: meta.versionId }) },
})

const isOwnIdRefused = (error: unknown): boolean =>
  error instanceof AssessmentError && ['processing', 'not-supported', 'not-found'].includes(error.code)

export const nameOf = ({ resourceType, id }: Artifact): string => `${resourceType}/${id}`
