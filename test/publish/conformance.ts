import type { ElementDefinition, FhirResource, StructureDefinition } from 'fhir/r4.js'
import fhirpath from 'fhirpath'
import r4 from 'fhirpath/fhir-context/r4'
import isMatch from 'lodash/isMatch.js'

type Json = Readonly<Record<string, unknown>>

/**
 * What a resource breaks of a profile's snapshot: numbers of elements and slices, types of choices, patterns, fixed values, our own
 * constraints. Written apart from what makes snapshots, so that it judges them.
 */
export function broken({ snapshot, type }: StructureDefinition, resource: FhirResource | Json): string[] {
  const elements = snapshot!.element
  const faults: string[] = []
  for (const element of elements.slice(1)) {
    const parentId = element.id!.slice(0, Math.max(element.id!.lastIndexOf('.'), element.id!.lastIndexOf(':')))
    const own = element.id!.includes(':', element.id!.lastIndexOf('.')) ? element.id!.slice(0, element.id!.lastIndexOf('.')) : parentId
    for (const parent of at(elements, own, type, resource as Json)) {
      const values = valuesOf(element, parent, elements)
      if (values.length < element.min! || (element.max !== '*' && values.length > Number(element.max)))
        faults.push(`${element.id}: ${values.length} of ${element.min}..${element.max}`)
      for (const [key, value] of values) if (!fits(element, key, value)) faults.push(`${element.id}: ${JSON.stringify(value)}`)
    }
  }
  for (const { key, expression } of elements[0]!.constraint?.filter((one) => one.key.startsWith('kizuna')) ?? [])
    if (!isMatch(fhirpath.evaluate(resource, expression!, undefined, r4) as unknown[], [true])) faults.push(key)
  return faults
}

/** The places in the resource that an element id means. */
function at(elements: readonly ElementDefinition[], id: string, type: string, resource: Json): Json[] {
  if (id === type) return [resource]
  const parentId = id.slice(0, id.lastIndexOf('.'))
  const element = elements.find((one) => one.id === id)!
  return at(elements, parentId, type, resource).flatMap((parent) => valuesOf(element, parent, elements).map(([, value]) => value as Json))
}

function valuesOf({ id, path, sliceName }: ElementDefinition, parent: Json, elements: readonly ElementDefinition[]): [string, unknown][] {
  const name = path.slice(path.lastIndexOf('.') + 1)
  const isName = (key: string) =>
    name.endsWith('[x]') ? key.startsWith(name.slice(0, -3)) && /^[A-Z]/.test(key.slice(name.length - 3)) : key === name
  const values = Object.entries(parent ?? {}).flatMap(([key, value]) =>
    isName(key) ? [value].flat().map((one): [string, unknown] => [key, one]) : [],
  )
  if (sliceName === undefined) return values
  const slice = elements.find((one) => one.id === id)!
  const url = elements.find((one) => one.id === `${id}.url`)?.fixedUri ?? slice.type?.[0]?.profile?.[0]
  return values.filter(([, value]) =>
    url === undefined ? isMatch(value as Json, (slice.patternCodeableConcept ?? slice.patternIdentifier)!) : (value as Json).url === url,
  )
}

function fits({ path, type, fixedUri, ...element }: ElementDefinition, key: string, value: unknown): boolean {
  const pattern = Object.entries(element).find(([name]) => name.startsWith('pattern'))?.[1] as unknown
  const isOfType = !path.endsWith('[x]') || type!.some(({ code }) => key.endsWith(code![0]!.toUpperCase() + code!.slice(1)))
  const hasPattern = pattern === undefined || (typeof pattern === 'string' ? pattern === value : isMatch(value as Json, pattern as Json))
  return isOfType && hasPattern && (fixedUri === undefined || fixedUri === value)
}
