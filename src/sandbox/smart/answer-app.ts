import type { Response } from 'express'
import { randomToken } from './expiring-map.ts'
import { grantedScope } from './granted-scope.ts'
import { OAuthError } from './oauth-error.ts'
import type { AuthorizationRequest, LaunchContext, Realm } from './realm.ts'

/** Where an answer goes: an address that has been checked against the client's registration. */
export interface ReturnAddress {
  readonly redirectUri: string
  readonly state?: string
}

/**
 * Sends the app a code, or the reason why not. What is granted is decided here, since it depends on who opens which record.
 * No `iss` goes with it (RFC 9207 would have it): SMART apps take `iss` in the query for a launch.
 */
export function sendCode(realm: Realm, request: AuthorizationRequest, context: LaunchContext, res: Response): void {
  const { client, redirectUri, challenge, state, nonce } = request
  sendErrors(res, request, () => {
    const { outcome } = context.difficulty ?? {}
    if (outcome === 'denied') throw new OAuthError('access_denied', 'The access was refused, as this launch asks for')
    if (outcome === 'server-error') throw new OAuthError('server_error', 'The login server fails, as this launch asks for')
    const scope = grantedScope(request.scope, client, context)
    const grant = { id: randomToken(), client, scope, context, ...(nonce && { nonce }) }
    const code = outcome === 'expired-code' ? randomToken() : realm.codes.add({ grant, redirectUri, challenge })
    redirect(res, redirectUri, { code, state })
  })
}

/** Does the work; an OAuthError in it goes to the app. */
export function sendErrors<Result>(res: Response, { redirectUri, state }: ReturnAddress, work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    redirect(res, redirectUri, { error: error.code, error_description: error.message, ...(state && { state }) })
    return undefined
  }
}

function redirect(res: Response, redirectUri: string, parameters: Readonly<Record<string, string>>): void {
  const address = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) address.searchParams.set(name, value)
  res.redirect(address.href)
}
