import type { Instrument } from './instrument.ts'

/** The newest version of each instrument, in the order given. Versions are numbers: 1.10.0 is newer than 1.9.0. */
export function newestOf(instruments: readonly Instrument[]): Instrument[] {
  const newest = new Map<string, Instrument>()
  for (const one of instruments) {
    const known = newest.get(one.id)
    if (known === undefined || isNewer(one.version, known.version)) newest.set(one.id, one)
  }
  return [...newest.values()]
}

function isNewer(one: string, other: string): boolean {
  const [a, b] = [one.split('.').map(Number), other.split('.').map(Number)]
  const index = a.findIndex((number, at) => number !== b[at])
  return index >= 0 && a[index]! > (b[index] ?? 0)
}
