import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'

/** A response in the shape of R4, and what had to be changed for it. */
export interface Normalised {
  readonly response: QuestionnaireResponse
  readonly notices: readonly Issue[]
}

type Identifier = { readonly system?: unknown; readonly value?: unknown; readonly use?: unknown }

/**
 * R4B has the shape of R4. R5 lets a response have several identifiers: the first that is complete and not old is taken, which one is said. Everything else
 * that R5 changed is not touched, so that the R4 check names it.
 * @see https://hl7.org/fhir/R5/questionnaireresponse.html
 */
export function normalised(received: QuestionnaireResponse): Normalised {
  const { identifier, ...rest } = received as { identifier?: unknown }
  if (!Array.isArray(identifier) || identifier.length === 0) return { response: received, notices: [] }
  const one = identifierOf(identifier)
  const diagnostics = `Identifiers come as a list (R5 shape): ${identifier.length === 1 ? 'its only one' : 'the first that is complete and not old'} is taken`
  return {
    response: { ...rest, identifier: one } as unknown as QuestionnaireResponse,
    notices: [
      {
        severity: identifier.length === 1 ? 'information' : 'warning',
        code: 'informational',
        expression: 'QuestionnaireResponse.identifier',
        diagnostics,
      },
    ],
  }
}

/** The identifier that names a response, of one or of a list. */
export function identifierOf(identifier: unknown): Identifier | undefined {
  if (!Array.isArray(identifier)) return (identifier ?? undefined) as Identifier | undefined
  const complete = (one: Identifier | null): boolean =>
    typeof one?.system === 'string' && typeof one.value === 'string' && one.use !== 'old'
  return ((identifier as (Identifier | null)[]).find(complete) ?? identifier[0]) as Identifier | undefined
}
