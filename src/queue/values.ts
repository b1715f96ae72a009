/** Small facts that outlive the process: when the last sweep was, which event number was seen. Kept when `set` has returned. */
export interface Values {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  /** Sets it only where it is still what it was (undefined: not there); false otherwise. */
  change(name: string, from: string | undefined, to: string): Promise<boolean>
}

/** Leave to be the only one, in any process on this store, who works on a name. */
export interface Claims {
  /** False: somebody else has it. A claim ends by itself after so many milliseconds. */
  claim(name: string, owner: string, lease: number): Promise<boolean>
  /** Makes it last longer. False: it had run out, and somebody else has had it since. */
  renew(name: string, owner: string, lease: number): Promise<boolean>
  release(name: string, owner: string): Promise<void>
  /** Forgets what ran out before this time. */
  forget(before: number): Promise<void>
}
