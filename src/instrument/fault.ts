/** One thing wrong with a resource file: where (a JSON Pointer) and what. `file` is added by whoever knows the disk. */
export interface Fault {
  readonly file?: string
  readonly pointer: string
  readonly message: string
}

/** A compiled JSON Schema, as ajv makes them; given from outside because the core compiles nothing. */
export interface SchemaCheck<T> {
  (candidate: unknown): candidate is T
  errors?: readonly { readonly instancePath: string; readonly message?: string }[] | null
}

/** What the schema has against the candidate; nothing when it fits. */
export function schemaFaults<T>(candidate: unknown, fits: SchemaCheck<T>): Fault[] {
  if (fits(candidate)) return []
  return (fits.errors ?? []).map(({ instancePath, message }) => ({ pointer: instancePath, message: message ?? 'does not fit the schema' }))
}

/** One fault for every value that stands a second time, at the later place. */
export function repeated(values: readonly string[], pointerOf: (index: number) => string): Fault[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index ? [{ pointer: pointerOf(index), message: `${value} stands twice` }] : [],
  )
}
