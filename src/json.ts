import { onceOfText } from './once.ts'

declare const OF: unique symbol

/**
 * The JSON text of a T. Results are built as text, since a hospital's worth of them is only ever sent: resources/decisions/0008. ASCII throughout, with what lies beyond it as
 * `\uXXXX`: no code page on its way can spoil it, it has as many bytes as characters, and V8 keeps it in half the memory.
 */
export type Json<T> = string & { readonly [OF]: T }

/** The properties of a T as texts, in the order in which they are to stand. */
export type Parts<T> = { readonly [K in keyof T]: Json<Exclude<T[K], undefined>> | (undefined extends T[K] ? undefined : never) }

/** The text of a value. A part that never changes is made once, where it is named. */
export function json<T>(value: T): Json<T> {
  const text = JSON.stringify(value)
  return (BEYOND_ASCII.test(text) ? text.replaceAll(ALL_BEYOND_ASCII, escaped) : text) as Json<T>
}

const BEYOND_ASCII = /[\u007f-\uffff]/
const ALL_BEYOND_ASCII = /[\u007f-\uffff]/g
const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The text of a word in which nothing has to be quoted: a UUID, a name of ours. */
export const plain = <T extends string>(value: T): Json<T> => `"${value}"` as Json<T>

export const parse = <T>(text: Json<T>): T => JSON.parse(text) as T

/** How values become text: as they stand by themselves, or as they stand within a string. */
export interface Writer {
  readonly json: <T>(value: T) => Json<T>
  /** An object of these parts; what is undefined is left out. */
  readonly object: <T>(parts: Parts<T>) => Json<T>
  /** A list of these; undefined where there are none, since FHIR knows no empty list. */
  readonly list: <T>(parts: readonly Json<T>[]) => Json<T[]> | undefined
  /** The text of a word that comes again and again: an id, a code, a source. Never of anything that a caller chose. */
  readonly word: <T extends string>(value: T) => Json<T>
}

function writerOf(quote: string, jsonOf: Writer['json']): Writer {
  const first = onceOfText((name) => inOnePiece(`{${quote}${name}${quote}:`))
  const next = onceOfText((name) => inOnePiece(`,${quote}${name}${quote}:`))
  const wordOf = onceOfText(jsonOf<string>)
  return {
    json: jsonOf,
    object<T>(parts: Parts<T>): Json<T> {
      let text = ''
      for (const name in parts) {
        const part = parts[name]
        if (part !== undefined) text = (text === '' ? first(name) : text + next(name)) + part
      }
      return (text === '' ? '{}' : `${text}}`) as Json<T>
    },
    list<T>(parts: readonly Json<T>[]): Json<T[]> | undefined {
      let text = ''
      for (const part of parts) text = (text === '' ? '[' : `${text},`) + part
      return text === '' ? undefined : (`${text}]` as Json<T[]>)
    },
    word: <T extends string>(value: T) => wordOf(value) as Json<T>,
  }
}

/**
 * The same text in one piece. What is put together is kept as its pieces until somebody reads it: what is put together once and read again and again would be read in pieces again
 * and again.
 */
export const inOnePiece = <Text extends string>(text: Text): Text => JSON.parse(JSON.stringify(text)) as Text

/** The writer of what stands by itself. */
export const { object, list, word } = writerOf('"', json)

/**
 * Writes what is to stand within a string, as the trace of a result does in its Provenance: quoting parts of it once, where they are made, costs less than quoting all of it each
 * time. What it writes is the very text that `JSON.stringify` makes twice over.
 */
export const WITHIN_STRING: Writer = writerOf('\\"', <T>(value: T) => json(JSON.stringify(value)).slice(1, -1) as Json<T>)

/** The string that holds what `WITHIN_STRING` wrote. */
export const stringOf = (text: Json<unknown>): Json<string> => `"${text}"` as Json<string>
