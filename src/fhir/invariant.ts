/** A path below the resource: where an invariant does not hold. */
export type Path = string
/** One official invariant: its key, its text, and where a resource breaks it. The structure of the resource has been checked. */
export interface Invariant<Resource> {
  readonly key: string
  readonly human: string
  readonly faults: (resource: Resource) => Path[]
}

/** The items of a list with their paths. */
export const indexed = <Item>(list: readonly Item[] | undefined, name: string): (readonly [Path, Item])[] =>
  (list ?? []).map((item, index) => [`${name}[${index}]`, item] as const)

/** The paths of what appears a second time. */
export function repeated(entries: readonly (readonly [Path, string | undefined])[]): Path[] {
  const seen = new Set<string>()
  return entries.flatMap(([path, value]) => {
    if (value === undefined) return []
    if (seen.has(value)) return [path]
    seen.add(value)
    return []
  })
}
