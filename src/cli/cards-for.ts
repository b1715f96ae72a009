import { type CdsClient, createCdsVerifier } from '../ehr/verify-cds-client.ts'
import type { DurableStore } from '../queue/open-store.ts'
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

/** The CDS service for these EHRs; feedback goes into the store. */
export const cardsFor = ({ clients, origin, appUrl = `${origin}/smart-launch.html`, store, now }: CardsOptions): CdsOptions => ({
  verify: createCdsVerifier({ clients, now }),
  origin,
  appUrl,
  words: readResource('cds-hooks.json'),
  storeFeedback: (feedback) => store.feedback.add(feedback),
})
