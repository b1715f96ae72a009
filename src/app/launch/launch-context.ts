/** What the EHR asks to be opened first: a questionnaire by canonical or reference, or one response. */
export type Opening =
  | { readonly kind: 'questionnaire'; readonly canonical: string }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'give' }
  | { readonly kind: 'review' }

const OPENED = /(?:^|\/)((?:Questionnaire|QuestionnaireResponse)\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/

/**
 * What is opened directly after a launch: the first Questionnaire or QuestionnaireResponse in `fhirContext`, else what `intent` says. A card of CDS Hooks says the
 * same in `appContext`, as JSON, and goes first: it is what was clicked.
 * An entry of another role than `launch` is about something else; one of SMART 2.0 is a plain Reference and has neither role nor type.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#fhir-context
 */
export function openingOf({ appContext, ...launch }: Readonly<Record<string, unknown>>): Opening | undefined {
  return openingIn(objectIn(appContext)) ?? openingIn(launch)
}

function objectIn(appContext: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(appContext))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function openingIn({ fhirContext, intent }: Readonly<Record<string, unknown>>): Opening | undefined {
  const entries = Array.isArray(fhirContext) ? fhirContext : []
  const named = entries.map(entryOf).find((opening) => opening !== undefined)
  return named ?? (intent === 'give' || intent === 'review' ? { kind: intent } : undefined)
}

function entryOf(entry: unknown): Opening | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined
  const { canonical, reference, role = 'launch', type } = entry as Record<string, unknown>
  if (role !== 'launch') return undefined
  if (typeof canonical === 'string' && (type === undefined || type === 'Questionnaire')) return { kind: 'questionnaire', canonical }
  const opened = typeof reference === 'string' ? OPENED.exec(reference)?.[1] : undefined
  return opened === undefined ? undefined : { kind: 'reference', reference: opened }
}
