import { randomUUID } from 'node:crypto'
import { type CdsClient, createCdsVerifier, type Once } from '../ehr/verify-cds-client.ts'
import type { DurableStore } from '../queue/open-store.ts'
import type { Claims } from '../queue/values.ts'
import { readResource } from '../resources.ts'
import type { CdsOptions } from '../service/cds/cds-service.ts'

interface CardsOptions {
  readonly clients: readonly CdsClient[]
  /** As EHRs reach us, without a slash at the end. */
  readonly origin: string
  /** Where the app is launched; absent: beside the service. */
  readonly appUrl?: string
  readonly store: DurableStore
  readonly now: () => Date
}

/** The CDS service for these EHRs. Feedback goes into the store, and so does which tokens were used: one replayed after a restart, or to another process, is refused too. */
export const cardsFor = ({ clients, origin, appUrl = `${origin}/smart-launch.html`, store, now }: CardsOptions): CdsOptions => ({
  verify: createCdsVerifier({ clients, now, once: onceIn(store.claims, now) }),
  origin,
  appUrl,
  words: readResource('cds-hooks.json'),
  storeFeedback: (feedback) => store.feedback.add(feedback),
})

/** A claim by nobody in particular: whoever comes second never gets it, until it ends by itself. */
const onceIn =
  (claims: Claims, now: () => Date): Once =>
  (key, until) =>
    claims.claim(`token ${key}`, randomUUID(), until.getTime() - now().getTime())
