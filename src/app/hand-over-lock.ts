import type { Circumstance } from '../fhir/response-extensions.ts'
import type { Layout } from './sitting.ts'

/** Forms in a mother's hands: what a reload needs to stay in hand-over mode. It holds no answers. */
export interface HandedOver {
  readonly patientId: string
  readonly language: string
  readonly layout: Layout
  readonly circumstances: readonly Circumstance[]
  /** All forms of the sitting, in the order in which they are given. */
  readonly forms: readonly { readonly uuid: string; readonly instrument: string; readonly infant?: string }[]
  /** What staff type to get back to the chart. */
  readonly code: string
  /** How often something else was typed. */
  readonly wrong?: number
}

/** While it is set the page opens nothing but this form. It lives and ends with the browser tab. */
export interface Lock {
  readonly read: () => HandedOver | undefined
  readonly set: (handedOver: HandedOver) => void
  readonly clear: () => void
}

const KEY = 'kizuna.hand-over'

export const createLock = (storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>): Lock => ({
  read: () => {
    const text = storage.getItem(KEY)
    return text === null ? undefined : (JSON.parse(text) as HandedOver)
  },
  set: (handedOver) => storage.setItem(KEY, JSON.stringify(handedOver)),
  clear: () => storage.removeItem(KEY),
})

const MOST_WRONG = 5

/** What is wrong with what staff typed; nothing when it is the code. After five wrong ones it is void: four digits must not be tried out. */
export function problemWith(lock: Lock, typed: string): 'wrong-code' | 'too-many' | undefined {
  const handedOver = lock.read()
  const { code, wrong = 0 } = handedOver ?? {}
  if (wrong >= MOST_WRONG) return 'too-many'
  if (typed.trim() === code) return undefined
  if (handedOver !== undefined) lock.set({ ...handedOver, wrong: wrong + 1 })
  return wrong + 1 >= MOST_WRONG ? 'too-many' : 'wrong-code'
}

/** Four digits that cannot be guessed from the ones before. */
export function returnCode(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return String(number % 10_000).padStart(4, '0')
}
