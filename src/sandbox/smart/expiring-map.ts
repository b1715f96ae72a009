export interface ExpiringMap<Value> {
  /** Returns the key it was stored under: a new random one unless given. */
  add(value: Value, key?: string): string
  get(key: string): Value | undefined
  /** Reads and forgets in one step: of two callers one gets it. */
  take(key: string): Value | undefined
}

interface Options {
  readonly seconds: number
  readonly limit?: number
  readonly now: () => Date
}

/**
 * A map in memory whose entries are gone after so many seconds. It never holds more than `limit`: the oldest goes first.
 * Random keys carry 256 bits.
 */
export function createExpiringMap<Value>({ seconds, limit = 10_000, now }: Options): ExpiringMap<Value> {
  const entries = new Map<string, { readonly value: Value; readonly until: number }>()
  const get = (key: string): Value | undefined => {
    const entry = entries.get(key)
    return entry && entry.until > now().getTime() ? entry.value : undefined
  }
  // All entries live equally long, so the map's own order is the order in which they expire.
  const makeRoom = (): void => {
    for (const [key, { until }] of entries) {
      if (until > now().getTime() && entries.size < limit) return
      entries.delete(key)
    }
  }
  return {
    get,
    take(key) {
      const value = get(key)
      entries.delete(key)
      return value
    },
    add(value, key = randomToken()) {
      makeRoom()
      entries.delete(key)
      entries.set(key, { value, until: now().getTime() + seconds * 1000 })
      return key
    },
  }
}

/** 256 random bits, base64url. */
export const randomToken = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
