import { randomUUID } from 'node:crypto'
import { AssessmentError } from '../errors.ts'
import type { Claims } from '../queue/values.ts'

const LEASE = 30_000
const PAUSE = 25
const PATIENCE = 60_000

/**
 * Does the work while nobody else in any process works on this name, one after the other. Throws `transient` where another has it for a minute.
 * A claim of one who died ends by itself.
 */
export async function whileClaimed<T>(claims: Claims, name: string, work: () => Promise<T>): Promise<T> {
  const owner = randomUUID()
  await waitFor(claims, name, owner)
  const heartbeat = setInterval(() => void claims.claim(name, owner, LEASE).catch(() => false), LEASE / 3)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    await claims.release(name, owner)
  }
}

async function waitFor(claims: Claims, name: string, owner: string): Promise<void> {
  for (let waited = 0; !(await claims.claim(name, owner, LEASE)); waited += PAUSE) {
    if (waited >= PATIENCE)
      throw new AssessmentError('transient', 'Another process has been writing the results of this response for a minute')
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}
