import type { Observation } from 'fhir/r4.js'

/**
 * Scores as they would stand if what was found so far had been written, by woman: a preview then says of her later responses what the writing run will say.
 * Holds the women seen last, so that memory does not grow with the number of responses.
 */
export interface Foreseen {
  readonly of: (woman: string) => readonly Observation[]
  readonly add: (woman: string, scores: readonly Observation[]) => void
}

/** More than are in care at once in a large hospital. */
const WOMEN = 10_000

export function createForeseen(most = WOMEN): Foreseen {
  const byWoman = new Map<string, readonly Observation[]>()
  return {
    of: (woman) => byWoman.get(woman) ?? [],
    add(woman, scores) {
      const all = [...(byWoman.get(woman) ?? []), ...scores]
      byWoman.delete(woman)
      byWoman.set(woman, all)
      if (byWoman.size > most) byWoman.delete(byWoman.keys().next().value!)
    },
  }
}
