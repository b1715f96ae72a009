/** What `Prefer` asks for; what it says beyond that is passed over, as RFC 7240 wants. */
export interface Preference {
  readonly shown?: 'minimal' | 'representation' | 'OperationOutcome'
  readonly lenient: boolean
}

const SHOWN = ['minimal', 'representation', 'OperationOutcome'] as const

/** Reads `Prefer: return=…; handling=…`. @see https://hl7.org/fhir/R4/http.html#ops */
export function preferenceOf(header: string | undefined): Preference {
  const wishes = (header ?? '').split(/[;,]/).map((wish) => wish.replaceAll(/[\s"]/g, ''))
  const shown = SHOWN.find((name) => wishes.includes(`return=${name}`))
  return { ...(shown && { shown }), lenient: wishes.includes('handling=lenient') }
}
