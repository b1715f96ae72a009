/** What is made of each of these, once. */
export function once<Of extends object, T>(make: (of: Of) => T): (of: Of) => T {
  const made = new WeakMap<Of, T>()
  return (of) => {
    if (!made.has(of)) made.set(of, make(of))
    return made.get(of)!
  }
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
