import type { CdsVerifier } from '../../ehr/verify-cds-client.ts'
import type { Language } from '../../instrument/instrument.ts'
import type { CdsWords } from './card.ts'
import type { StoreFeedback } from './feedback.ts'

/** What the CDS service needs besides what every operation needs. */
export interface CdsOptions {
  readonly verify: CdsVerifier
  /** Below which `/cds-services` stands, as EHRs call it; without a slash at the end. */
  readonly origin: string
  /** Where the SMART app is launched. */
  readonly appUrl: string
  readonly words: Readonly<Record<Language, CdsWords>>
  readonly storeFeedback: StoreFeedback
}

export const SERVICE_ID = 'kizuna-patient-view'
export const serviceUrl = ({ origin }: Pick<CdsOptions, 'origin'>): string => `${origin}/cds-services/${SERVICE_ID}`
export const feedbackUrl = (options: Pick<CdsOptions, 'origin'>): string => `${serviceUrl(options)}/feedback`
