/** What is made of each of these, once. */
export function once<Of extends object, T>(make: (of: Of) => T): (of: Of) => T {
  const made = new WeakMap<Of, T>()
  return (of) => {
    if (!made.has(of)) made.set(of, make(of))
    return made.get(of)!
  }
}

/** As many as this are kept; then it begins anew, so that what never comes again is not kept for ever. */
const MOST_KEPT = 2048

/** What is made of the same few numbers, words and objects again and again, once each. */
export function remembered<Of extends readonly unknown[], T>(make: (...of: Of) => T): (...of: Of) => T {
  let made = new Map<unknown, unknown>()
  let kept = 0
  return (...of) => {
    let level = made
    for (let at = 0; at < of.length - 1; at++) {
      let next = level.get(of[at]) as Map<unknown, unknown> | undefined
      if (next === undefined) {
        next = new Map()
        level.set(of[at], next)
      }
      level = next
    }
    const last = of[of.length - 1]
    const known = level.get(last)
    if (known !== undefined) return known as T
    const one = make(...of)
    if (++kept > MOST_KEPT) {
      made = new Map()
      kept = 0
    } else level.set(last, one)
    return one
  }
}
