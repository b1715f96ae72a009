declare const OF: unique symbol

/** The JSON text of a T. Results are built as text, since a hospital's worth of them is only ever sent: resources/decisions/0008. */
export type Json<T> = string & { readonly [OF]: T }

/** The properties of a T as texts, in the order in which they are to stand. */
export type Parts<T> = { readonly [K in keyof T]: Json<NonNullable<T[K]>> | (undefined extends T[K] ? undefined : never) }

/** The text of a value. A part that never changes is made once, where it is named. */
export const json = <T>(value: T): Json<T> => JSON.stringify(value) as Json<T>

export const parse = <T>(text: Json<T>): T => JSON.parse(text) as T

/** An object of these parts; what is undefined is left out. */
export function object<T>(parts: Parts<T>): Json<T> {
  let text = ''
  for (const name in parts) {
    const part = parts[name]
    if (part !== undefined) text += `${text === '' ? '{"' : ',"'}${name}":${part}`
  }
  return (text === '' ? '{}' : `${text}}`) as Json<T>
}

/** A list of these; undefined where there are none, since FHIR knows no empty list. */
export function list<T>(parts: readonly Json<T>[]): Json<T[]> | undefined {
  let text = ''
  for (const part of parts) text += `${text === '' ? '[' : ','}${part}`
  return text === '' ? undefined : (`${text}]` as Json<T[]>)
}

/** An object whose names are data. */
export function record<T>(parts: Iterable<readonly [string, Json<T>]>): Json<Record<string, T>> {
  let text = ''
  for (const [name, part] of parts) text += `${text === '' ? '{' : ','}${json(name)}:${part}`
  return (text === '' ? '{}' : `${text}}`) as Json<Record<string, T>>
}

/** The text of a word that comes again and again: an id, a code, a source. Never of anything that a caller chose. */
export function word<T extends string>(value: T): Json<T> {
  const known = words.get(value)
  if (known !== undefined) return known as Json<T>
  const text = json(value)
  words.set(value, text)
  return text
}

const words = new Map<string, Json<string>>()
