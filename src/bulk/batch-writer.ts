import type { Writable } from 'node:stream'

/** Below this a write costs more than what it carries. */
const BATCH = 256 * 1024

/** Collects text and writes it in batches; each write waits for the one before it, so a slow reader slows us down and nothing piles up. */
export interface BatchWriter {
  readonly add: (text: string) => void
  /** Writes what has been collected, if it is worth it. Throws what the stream failed with. */
  readonly flow: () => Promise<void>
  /** Writes all of it and waits until it has gone. */
  readonly flush: () => Promise<void>
}

export function createBatchWriter(stream: Writable): BatchWriter {
  let filling = Buffer.allocUnsafe(2 * BATCH)
  let size = 0
  let sent: Promise<void> = Promise.resolve()

  const send = async (): Promise<void> => {
    await sent
    const batch = filling.subarray(0, size)
    // A stream may keep what it was given for longer than it says.
    filling = Buffer.allocUnsafe(2 * BATCH)
    size = 0
    sent = new Promise((resolve, reject) => {
      stream.write(batch, (error) => (error ? reject(error) : resolve()))
    })
    // Seen by the next `await sent`; until then it is not unhandled.
    sent.catch(() => undefined)
  }
  return {
    add(text) {
      // No character of JavaScript's takes more than three bytes.
      const most = size + 3 * text.length
      if (most > filling.length) filling = Buffer.concat([filling.subarray(0, size)], 2 * most)
      size += filling.write(text, size)
    },
    flow: async () => {
      if (size >= BATCH) await send()
    },
    flush: async () => {
      if (size > 0) await send()
      await sent
    },
  }
}
