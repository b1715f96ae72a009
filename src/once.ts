/** What is made of each of these, once. */
export function once<Of extends object, T>(make: (of: Of) => T): (of: Of) => T {
  const made = new WeakMap<Of, T>()
  return (of) => {
    if (!made.has(of)) made.set(of, make(of))
    return made.get(of)!
  }
}
