/** What is made of each of these, once. */
export function once<Of extends object, T>(make: (of: Of) => T): (of: Of) => T {
  const made = new WeakMap<Of, T>()
  return (of) => {
    const known = made.get(of)
    if (known !== undefined || made.has(of)) return known as T
    const one = make(of)
    made.set(of, one)
    return one
  }
}

/** What is made of each of these texts, once; they are kept for good, so they come of our own data and never of a caller. */
export function onceOfText<T>(make: (of: string) => T): (of: string) => T {
  const made = new Map<string, T>()
  return (of) => {
    const known = made.get(of)
    if (known !== undefined) return known
    const one = make(of)
    made.set(of, one)
    return one
  }
}

/** What was last made of some texts. */
export interface Recent<T> {
  readonly get: (text: string) => T | undefined
  readonly set: (text: string, made: T) => void
}

/**
 * Keeps at least the `most` that were last asked for, and at most twice as many. In two Maps that are filled and thrown away, not in one that is deleted from or cleared for
 * ever: V8 keeps the tables that such a Map has outgrown, each holding the next with all that was ever in it, until memory is collected whole.
 */
export function createRecent<T>(most: number): Recent<T> {
  let [young, old] = [new Map<string, T>(), new Map<string, T>()]
  const set = (text: string, made: T): void => {
    if (young.size >= most) [young, old] = [new Map(), young]
    young.set(text, made)
  }
  const get = (text: string): T | undefined => {
    const known = young.get(text)
    if (known !== undefined) return known
    const kept = old.get(text)
    if (kept !== undefined) set(text, kept)
    return kept
  }
  return { get, set }
}

/** As many as this are kept; then it begins anew, so that what never comes again is not kept for ever. */
const MOST_KEPT = 512

interface Kept<T> {
  made?: { readonly one: T }
  /** By the value that comes next. */
  readonly next: Map<unknown, Kept<T>>
}

const nothingKept = <T>(): Kept<T> => ({ next: new Map() })

/** What is made of the same few numbers, words and objects again and again, once each. It holds on to its arguments: never anything that a caller chose. */
export function remembered<Of extends readonly unknown[], T>(make: (...of: Of) => T): (...of: Of) => T {
  let first = nothingKept<T>()
  let count = 0
  return (...of) => {
    let place = first
    for (const value of of) {
      let next = place.next.get(value)
      if (next === undefined) {
        next = nothingKept()
        place.next.set(value, next)
      }
      place = next
    }
    if (place.made === undefined) {
      place.made = { one: make(...of) }
      if (++count >= MOST_KEPT) {
        first = nothingKept()
        count = 0
      }
    }
    return place.made.one
  }
}
