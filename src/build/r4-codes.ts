import type { CodeSystem, CodeSystemConcept, ValueSet } from 'fhir/r4.js'

/** One code of a value set. */
export interface Code {
  readonly system: string
  readonly code: string
}
export const idOf = (canonical: string): string => canonical.replace(/\|.*$/, '').replace(/^.*\//, '')

/** The codes of a value set, or nothing where a system is not in the package (MIME types, currencies): any code is taken then. */
export function codesOf(
  canonical: string,
  read: (file: string) => unknown,
  codeSystems: ReadonlyMap<string, CodeSystem>,
): Code[] | undefined {
  const { compose } = read(`ValueSet-${idOf(canonical)}.json`) as ValueSet
  const codes = (compose?.include ?? []).map(({ system = '', concept, filter, valueSet }) => {
    if (filter || valueSet || compose?.exclude) throw new Error(`${canonical} is composed in a way this generator does not know`)
    const concepts = concept ?? completeConcepts(codeSystems.get(system))
    return concepts.map(({ code }) => ({ system, code }))
  })
  return codes.some((list) => list.length === 0) ? undefined : codes.flat()
}

const completeConcepts = (system: CodeSystem | undefined): CodeSystemConcept[] =>
  system?.content === 'complete' ? flatten(system.concept ?? []) : []

const flatten = (concepts: readonly CodeSystemConcept[]): CodeSystemConcept[] =>
  concepts.flatMap((concept) => [concept, ...flatten(concept.concept ?? [])])
