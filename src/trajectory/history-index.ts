import type { Extension, FhirResource, Patient, Reference, RelatedPerson } from 'fhir/r4.js'
import { infantOf } from '../score/context.ts'
import { referenceKey, referenceTarget } from '../score/reference.ts'
import type { History } from './history.ts'

/** The histories of many women, each found by what a response says of its subject. */
export interface HistoryIndex {
  /**
   * The history of the woman whom a response is about, as far as it can be read. `onlySubject`: the response is all there is to be scored,
   * or all of it is about her.
   */
  readonly historyOf: (received: unknown, onlySubject?: string) => History
}

const NOTHING: HistoryIndex = { historyOf: () => [] }

/**
 * Sorts resources by woman, once. Observations, responses and RiskAssessments belong to their subject, a RelatedPerson to its patient. A Patient
 * is an infant of hers when a response or Observation of hers names it, or a link joins them, directly or through a RelatedPerson. One that
 * nothing joins counts only where all of the history is about one woman: dating a course by another woman's child is worse than not dating it.
 */
export function createHistoryIndex(resources: readonly FhirResource[]): HistoryIndex {
  if (resources.length === 0) return NOTHING
  const byWoman = Map.groupBy(resources.filter(isOfWoman), womanOf)
  const patients = new Map(resources.filter((r): r is Patient => r.resourceType === 'Patient').map((one) => [`Patient/${one.id}`, one]))
  const linked = linksOf(resources, patients)
  const named = new Set([...byWoman.values()].flat().flatMap((one) => infantKeyOf(one as OfWoman)))
  const loose = [...patients.keys()].filter((key) => !linked.has(key) && !named.has(key))
  const women = [...byWoman.keys()].filter((key) => key !== undefined && !named.has(key))
  const onlyWoman = women.length === 1 ? women[0] : undefined

  return {
    historyOf(received, onlySubject) {
      const { subject, extension } = partsOf(received)
      const woman = referenceTarget(subject)
      if (woman === undefined) return []
      const own = byWoman.get(woman) ?? []
      const isAlone = woman === (women.length === 0 ? onlySubject : onlyWoman)
      const keys = [
        woman,
        ...infantKeyOf({ extension }),
        ...own.flatMap((one) => infantKeyOf(one as OfWoman)),
        ...(linked.get(woman) ?? []),
        ...(isAlone ? loose : []),
      ]
      return [...own, ...[...new Set(keys)].flatMap((key) => patients.get(key) ?? [])]
    },
  }
}

type OfWoman = FhirResource & { readonly subject?: Reference; readonly patient?: Reference; readonly extension?: Extension[] }

const isOfWoman = ({ resourceType }: FhirResource): boolean =>
  ['Observation', 'QuestionnaireResponse', 'RiskAssessment', 'RelatedPerson'].includes(resourceType)

const womanOf = (resource: FhirResource): string | undefined =>
  resource.resourceType === 'RelatedPerson' ? referenceKey(resource.patient) : referenceTarget((resource as OfWoman).subject)

const infantKeyOf = (resource: Pick<OfWoman, 'extension'>): string[] => {
  const key = referenceTarget(infantOf(resource.extension))
  return key === undefined ? [] : [key]
}

/** Whom each Patient is joined with, in both directions: which of the two is the child, their birth dates say. */
function linksOf(resources: readonly FhirResource[], patients: ReadonlyMap<string, Patient>): Map<string, string[]> {
  const persons = new Map(
    resources.filter((r): r is RelatedPerson => r.resourceType === 'RelatedPerson').map((one) => [`RelatedPerson/${one.id}`, one]),
  )
  const pairs = [...patients].flatMap(([key, { link = [] }]) =>
    link.flatMap(({ other }) => {
      const target = referenceKey(other)
      const joined = target === undefined ? undefined : persons.has(target) ? referenceKey(persons.get(target)!.patient) : target
      return joined === undefined || joined === key ? [] : [[key, joined] as const, [joined, key] as const]
    }),
  )
  return new Map([...Map.groupBy(pairs, ([key]) => key)].map(([key, joined]) => [key, joined.map(([, other]) => other)]))
}

/** Read loosely: what is asked about has not been checked. */
function partsOf(received: unknown): { subject: Reference | undefined; extension: Extension[] } {
  const { subject, extension } = (typeof received === 'object' && received !== null ? received : {}) as Record<string, unknown>
  const extensions = Array.isArray(extension) ? extension.filter((one) => typeof one === 'object' && one !== null) : []
  return { subject: (subject ?? undefined) as Reference | undefined, extension: extensions }
}
