import { randomUUID } from 'node:crypto'
import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { Claims } from '../queue/values.ts'

const LEASE = 15_000
const PAUSE = 25

/** Somebody else is working on it. */
export class Claimed extends AssessmentError {
  constructor() {
    super('transient', 'Another process is writing the results of this response')
  }
}

export interface ClaimOptions {
  /** Milliseconds to wait while another has it. */
  readonly patience?: number | undefined
  /** Milliseconds after which the claim of one who died ends; it is renewed while the work lasts. */
  readonly lease?: number | undefined
}

/** Throws Claimed where the claim was lost meanwhile (the machine slept, the process stood still): what was read under it may be old. */
export type StillOurs = () => Promise<void>

/** Does the work while nobody else in any process works on this name, one after the other. Throws Claimed (`transient`) where another has it for too long. */
export async function whileClaimed<T>(
  claims: Claims,
  name: string,
  work: (stillOurs: StillOurs) => Promise<T>,
  { patience = 60_000, lease = LEASE }: ClaimOptions = {},
): Promise<T> {
  const owner = randomUUID()
  for (let waited = 0; !(await claims.claim(name, owner, lease)); waited += PAUSE) {
    if (waited >= patience) throw new Claimed()
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
  const heartbeat = setInterval(() => void claims.renew(name, owner, lease).catch(() => false), lease / 3)
  try {
    return await work(async () => {
      if (!(await claims.renew(name, owner, lease))) throw new Claimed()
    })
  } finally {
    clearInterval(heartbeat)
    await claims.release(name, owner)
  }
}

/** The server as it is, but for writes: none is sent unless the claim is still ours. */
export const guarded = (server: FhirServer, stillOurs: StillOurs): FhirServer => ({
  ...server,
  create: async (resource, ifNoneExist) => {
    await stillOurs()
    return server.create(resource, ifNoneExist)
  },
  update: async (resource) => {
    await stillOurs()
    return server.update(resource)
  },
  send: async (entry, isConditional) => {
    await stillOurs()
    return server.send(entry, isConditional)
  },
  transaction: async (bundle) => {
    await stillOurs()
    return server.transaction(bundle)
  },
})
