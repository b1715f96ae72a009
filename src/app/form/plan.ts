import type { Reference, RelatedPerson } from 'fhir/r4.js'
import type { Instrument } from '../../instrument/instrument.ts'
import { nameOf } from '../format.ts'
import type { Choice } from '../hand-over.ts'
import { screenLanguageOf } from '../words.ts'

interface Chosen {
  /** In the order in which they are given. */
  readonly instruments: readonly Instrument[]
  readonly infants: readonly RelatedPerson[]
  readonly language: string
}

/** The forms of what was chosen: one about her for each instrument, one for each baby where it asks about a baby. */
export function formsOf({ instruments, infants, language }: Chosen): Choice['forms'] {
  const references = infants.map(
    (infant): Reference => ({ reference: `RelatedPerson/${infant.id}`, display: nameOf(infant, screenLanguageOf(language)) }),
  )
  return instruments.flatMap((instrument) =>
    instrument.aboutInfant && references.length > 0 ? references.map((infant) => ({ instrument, infant })) : [{ instrument }],
  )
}
