import type { Circumstance } from '../fhir/response-extensions.ts'
import type { Language } from '../instrument/instrument.ts'
import type { Layout } from './sitting.ts'

/** Forms in a mother's hands: what a reload needs to stay in hand-over mode. It holds no answers. */
export interface HandedOver {
  readonly patientId: string
  readonly language: Language
  readonly layout: Layout
  readonly circumstances: readonly Circumstance[]
  /** All forms of the sitting, in the order in which they are given. */
  readonly forms: readonly { readonly uuid: string; readonly instrument: string; readonly infant?: string }[]
  /** What staff type to get back to the chart. */
  readonly code: string
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

/** Four digits that cannot be guessed from the ones before. */
export function returnCode(): string {
  const [number = 0] = crypto.getRandomValues(new Uint32Array(1))
  return String(number % 10_000).padStart(4, '0')
}
