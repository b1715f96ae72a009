/** An object of unknown JSON: what came in and nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The objects of a list, as what they claim to be; whatever else stands in it, or in its place, says nothing. */
export const objectsIn = <T extends object = JsonObject>(list: unknown): readonly Partial<T>[] =>
  Array.isArray(list) ? (list.filter(isObject) as Partial<T>[]) : []

/** The type that something says it is, to name it by; `Resource` where it says none. */
export const typeOf = (received: unknown): string =>
  isObject(received) && typeof received.resourceType === 'string' ? received.resourceType : 'Resource'
