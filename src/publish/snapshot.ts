import type { ElementDefinition } from 'fhir/r4.js'

/** What `resources/schemas/r4-base.json` holds: the elements of the R4 types that our profiles are made from. */
export interface R4Base {
  readonly source: string
  readonly types: Readonly<Record<string, readonly ElementDefinition[]>>
}

/** What a profile says of one element: `id` as in ElementDefinition, slices with a colon. */
export type Difference = Partial<ElementDefinition> & { readonly id: string }

/**
 * The snapshot of a profile: the elements of its base type, in their order, with what the differences say of them. A slice follows the element
 * that it slices; a slice of an extension that is described from within brings the elements of an extension along.
 * Throws for an element that the base does not have: the differences are wrong then.
 * @see https://hl7.org/fhir/R4/profiling.html#snapshot
 */
export function snapshotOf(base: R4Base, type: string, differences: readonly Difference[]): ElementDefinition[] {
  const elements: ElementDefinition[] = structuredClone([...elementsOf(base, type)])
  for (const difference of differences) {
    if (!elements.some(({ id }) => id === difference.id)) insertSlice(elements, base, difference, differences)
    const index = elements.findIndex(({ id }) => id === difference.id)
    elements[index] = merged(elements[index]!, difference)
  }
  return elements
}

const elementsOf = ({ types }: R4Base, type: string): readonly ElementDefinition[] => {
  const elements = types[type]
  if (elements === undefined) throw new TypeError(`The R4 base holds no ${type}`)
  return elements
}

function insertSlice(elements: ElementDefinition[], base: R4Base, { id }: Difference, differences: readonly Difference[]): void {
  const [sliced, sliceName] = [id.slice(0, id.lastIndexOf(':')), id.slice(id.lastIndexOf(':') + 1)]
  const template = elements.find((element) => element.id === sliced)
  if (template === undefined || sliceName.includes('.')) throw new TypeError(`The R4 base has no element ${id}`)
  const { slicing: _, ...rest } = template
  const isOpened = differences.some((other) => other.id.startsWith(`${id}.`))
  const inside = isOpened ? elementsOf(base, 'Extension').slice(1) : []
  const at = elements.findLastIndex((element) => element.id === sliced || isBelow(element, sliced))
  elements.splice(at + 1, 0, { ...rest, id, sliceName, min: 0 }, ...inside.map((element) => movedBelow(element, id, template.path)))
}

const isBelow = ({ id = '' }: ElementDefinition, parent: string): boolean => id.startsWith(`${parent}.`) || id.startsWith(`${parent}:`)

const movedBelow = (element: ElementDefinition, id: string, path: string): ElementDefinition => ({
  ...structuredClone(element),
  id: element.id!.replace('Extension', id),
  path: element.path.replace('Extension', path),
})

/** Constraints are added to those of the base; everything else is replaced. A pattern or fixed value makes the binding of the base idle. */
function merged(element: ElementDefinition, difference: Difference): ElementDefinition {
  const constraint = [...(element.constraint ?? []), ...(difference.constraint ?? [])]
  return { ...element, ...difference, path: element.path, ...(constraint.length > 0 && { constraint }) }
}

/** The differential as it is published: each difference under its path. */
export const differentialOf = (snapshot: readonly ElementDefinition[], differences: readonly Difference[]): ElementDefinition[] =>
  differences.map(({ id, ...rest }) => {
    const { path, sliceName } = snapshot.find((element) => element.id === id)!
    return { id, path, ...(sliceName !== undefined && { sliceName }), ...rest }
  })
