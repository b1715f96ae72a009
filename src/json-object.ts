/** An object of unknown JSON: what came in and nobody has checked yet. */
export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The type that something says it is, to name it by; `Resource` where it says none. */
export const typeOf = (received: unknown): string =>
  isObject(received) && typeof received.resourceType === 'string' ? received.resourceType : 'Resource'
