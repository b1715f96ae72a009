/** A resource as it travels: typed only as far as the server itself looks. What is inside has been checked by `ResourceCheck`. */
export interface AnyResource {
  readonly resourceType: string
  readonly id?: string
  readonly meta?: Readonly<Record<string, unknown>>
  readonly [element: string]: unknown
}

/** The rule of R4 for logical ids. @see https://hl7.org/fhir/R4/datatypes.html#id */
export const isId = (text: string): boolean => /^[A-Za-z0-9.-]{1,64}$/.test(text)

/** The literal `Type/id` of a relative reference, without its version; undefined for anything else (absolute, urn, contained). */
export function literalOf(reference: string): { readonly ref: string; readonly type: string } | undefined {
  const [, ref, type] = /^(([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]+)?$/.exec(reference) ?? []
  return ref !== undefined && type !== undefined ? { ref, type } : undefined
}
