import type { Coding, Flag, Identifier, Observation, Provenance, RiskAssessment, Task } from 'fhir/r4.js'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import { isScored, type Scored } from '../fhir/results.ts'
import type { ExistingResults } from '../fhir/transaction.ts'
import { objectsIn } from '../json-object.ts'
import type { ResultResource } from '../risk/assessment.ts'
import { RESULT_SYSTEM, resultUuid } from '../score/identity.ts'

/** What a server holds of one response's results, and what it holds besides under the same values. */
export interface Existing extends ExistingResults {
  /** In force, and yet there is another before it under the same value. */
  readonly copies: readonly Scored[]
}

/**
 * Reads the results under these identifier values. Of copies everybody takes the same one: one in force, with our own id, the oldest. Two searches are no snapshot:
 * where only some results are there, another's transaction may have been committed between them, and both are asked once more.
 */
export async function fetchExisting(server: FhirServer, values: readonly string[]): Promise<Existing> {
  if (values.length === 0) return { results: new Map(), copies: [], writes: 0 }
  const existing = await fetchOnce(server, values)
  const partial = existing.results.size > 0 && existing.results.size < values.length
  return partial ? fetchOnce(server, values) : existing
}

/** What a server holds of these alerts; a type that it does not let us read it will not let us write. */
export async function fetchAlerts(
  server: FhirServer,
  values: readonly string[],
): Promise<Required<Pick<Existing, 'results' | 'unwritable'>>> {
  if (values.length === 0) return { results: new Map(), unwritable: new Set() }
  const identifier = values.map((value) => `${RESULT_SYSTEM}|${value}`).join(',')
  const [tasks, flags] = await Promise.all([
    unlessUnknown(server.searchAll<Task>('Task', { identifier })),
    unlessUnknown(server.searchAll<Flag>('Flag', { identifier })),
  ])
  const found = [...(tasks ?? []), ...(flags ?? [])].sort(byAge).toReversed()
  const unwritable = [...(tasks ? [] : ['Task']), ...(flags ? [] : ['Flag'])]
  const named = found.flatMap((one) => {
    const value = identifierValueOf(one, values)
    return value === undefined ? [] : [[value, one] as const]
  })
  return { results: new Map(named), unwritable: new Set(unwritable) }
}

async function unlessUnknown<R>(found: Promise<R[]>): Promise<R[] | undefined> {
  try {
    return await found
  } catch (error) {
    if (error instanceof AssessmentError && ['forbidden', 'not-found', 'not-supported'].includes(error.code)) return undefined
    throw error
  }
}

async function fetchOnce(server: FhirServer, values: readonly string[]): Promise<Existing> {
  const identifier = values.map((value) => `${RESULT_SYSTEM}|${value}`).join(',')
  const [observations, assessments] = await Promise.all([
    server.searchAll<Observation>('Observation', { identifier }),
    whereHeld(server.searchAll<RiskAssessment>('RiskAssessment', { identifier })),
  ])
  const found = [...observations, ...assessments].filter((one) => isScored(one) && identifierValueOf(one, values) !== undefined)
  const chosen = [...Map.groupBy(found, (one) => identifierValueOf(one, values)!)].map(
    ([value, held]) => [value, held.toSorted(byPrecedence(value))] as const,
  )
  return {
    results: new Map(chosen.map(([value, [first]]) => [value, first!])),
    copies: chosen.flatMap(([, [, ...rest]]) => rest.filter(isInForce)),
    writes: found.length === 0 ? 0 : await countWrites(server, found),
  }
}

const isInForce = ({ status }: Scored): boolean => status !== 'entered-in-error'

const byPrecedence =
  (value: string) =>
  (one: Scored, other: Scored): number =>
    Number(isInForce(other)) - Number(isInForce(one)) ||
    Number(other.id === resultUuid(value)) - Number(one.id === resultUuid(value)) ||
    byAge(one, other)

/** A server that does not know the type holds none of it. */
const whereHeld = <R>(found: Promise<R[]>): Promise<R[]> =>
  found.catch((error: unknown) => {
    if (error instanceof AssessmentError && ['not-found', 'not-supported'].includes(error.code)) return []
    throw error
  })

const byAge = (one: ResultResource, other: ResultResource): number =>
  String(one.meta?.lastUpdated ?? '').localeCompare(String(other.meta?.lastUpdated ?? '')) || one.id!.localeCompare(other.id!)

/** Nothing of what cannot be told by its names, or not be asked for again: whatever a server holds, it is no result of ours. */
function identifierValueOf(
  { id, identifier }: { readonly id?: unknown; readonly identifier?: unknown },
  values: readonly string[],
): string | undefined {
  if (typeof id !== 'string') return undefined
  return objectsIn<Identifier>(identifier).find(({ system, value }) => system === RESULT_SYSTEM && values.includes(value ?? ''))?.value
}

/**
 * How often these results were written: the highest number among their Provenances. Where those may not be read, the sum of the resources' versions
 * stands in: it grows with every write, and the number only has to be new.
 */
export async function countWrites(server: FhirServer, results: readonly ResultResource[]): Promise<number> {
  const target = results.map(({ resourceType, id }) => `${resourceType}/${id}`).join(',')
  try {
    const provenances = await server.searchAll<Provenance>('Provenance', { target })
    return Math.max(
      0,
      ...provenances.flatMap(({ meta }) =>
        objectsIn<Coding>(meta?.tag)
          .filter(({ system }) => system === RESULT_SYSTEM)
          .map(({ code }) => numberOf(code)),
      ),
    )
  } catch (error) {
    if (!(error instanceof AssessmentError) || !['forbidden', 'not-found', 'not-supported'].includes(error.code)) throw error
    return results.reduce((sum, { meta }) => sum + (Number(meta?.versionId) || 1), 0)
  }
}

const numberOf = (tag: unknown): number => (typeof tag === 'string' ? Number(/\.provenance-(\d+)$/.exec(tag)?.[1] ?? 0) : 0)
