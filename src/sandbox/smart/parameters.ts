import type { Request } from 'express'
import { OAuthError, PageError } from './oauth-error.ts'

export type Parameters = Readonly<Record<string, string>>

/**
 * The parameters of a request, from the query or the form body. An empty one counts as absent; one that stands twice is
 * refused with `invalid_request`.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-3.1
 */
export function parametersOf(source: Request['query']): Parameters {
  const entries = Object.entries(source).filter(([, value]) => value !== '')
  const repeated = entries.find(([, value]) => typeof value !== 'string')
  if (repeated) throw new OAuthError('invalid_request', `A parameter stands twice: ${shown(repeated[0])}`)
  return Object.fromEntries(entries) as Parameters
}

/** As `parametersOf`, but the fault is shown to the person: for requests whose sender is not known yet. */
export function parametersOrPage(source: Request['query']): Parameters {
  try {
    return parametersOf(source)
  } catch (error) {
    throw error instanceof OAuthError ? new PageError(`${error.message}.`) : error
  }
}

/** The value of a parameter that must be there; throws `invalid_request`. */
export function required(parameters: Parameters, name: string): string {
  const value = parameters[name]
  if (value === undefined) throw new OAuthError('invalid_request', `The parameter ${name} is missing`)
  return value
}

const shown = (name: string): string => name.replace(/[^\w.-]/g, '').slice(0, 40)
