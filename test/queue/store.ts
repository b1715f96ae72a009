import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DurableStore, openStore, type StoreOptions } from '../../src/queue/open-store.ts'
import type { Order } from '../../src/queue/queue.ts'

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'kizuna-queue-'))

/** A store whose clock stands still until it is moved. */
export function storeAt(
  start: number,
  options: Partial<StoreOptions> = {},
): DurableStore & { readonly clock: { time: number }; readonly folder: string } {
  const clock = { time: start }
  const folder = newFolder()
  return { ...openStore({ folder, now: () => clock.time, ...options }), clock, folder }
}

/** An order to score version `version` of a response. */
export const order = (id: string, version = '1', more: Partial<Order> = {}): Order => ({
  kind: 'score',
  key: `${id}@${version}`,
  once: 'ever',
  lane: id,
  content: { id, version },
  ...more,
})
