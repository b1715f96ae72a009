import type { RequestHandler, Response } from 'express'
import { parseScopes } from '../../ehr/scopes.ts'
import { sendCode, sendErrors } from './answer-app.ts'
import { type Client, mayRedirectTo } from './clients.ts'
import { MIDWIFE } from './launch.ts'
import { OAuthError, PageError } from './oauth-error.ts'
import { type Parameters, parametersOrPage, required } from './parameters.ts'
import { showPicker } from './picker.ts'
import type { AuthorizationRequest, LaunchContext, Realm } from './realm.ts'

/**
 * `GET` or `POST /authorize`: sends a one-time code to the app, at once for an EHR launch, after a choice of patient otherwise.
 * Nobody is asked to log in. Until client and redirect_uri are known to belong together faults are shown as a page;
 * afterwards they go to the app with its `state`.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html#obtain-authorization-code
 */
export function authorizeEndpoint(realm: Realm): RequestHandler {
  return async (req, res) => {
    const parameters = parametersOrPage(req.method === 'POST' ? (req.body ?? {}) : req.query)
    const client = clientOf(parameters, realm)
    const { redirect_uri: redirectUri = '', state } = parameters
    const checked = sendErrors(res, { redirectUri, ...(state && { state }) }, () => {
      const request = { client, redirectUri, ...checkedRequest(parameters, realm) }
      return { request, launched: launchContextOf(realm, request, parameters.launch) }
    })
    if (checked) await continueWith(realm, checked.request, checked.launched, res)
  }
}

/** The client, once it is known that redirect_uri is its own. */
function clientOf({ client_id: id, redirect_uri: redirectUri = '' }: Parameters, { clients }: Realm): Client {
  const client = clients.find((one) => one.id === id && one.grants.includes('authorization_code'))
  if (!client) throw new PageError('The app that sent you here is not registered: its client_id is unknown.')
  if (mayRedirectTo(client, redirectUri)) return client
  throw new PageError('The app that sent you here is not registered with this redirect_uri.')
}

function checkedRequest(
  parameters: Parameters,
  { fhirBaseUrl }: Realm,
): Pick<AuthorizationRequest, 'state' | 'challenge' | 'scope' | 'nonce'> {
  if (required(parameters, 'response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'Only the response_type code is supported')
  }
  const state = required(parameters, 'state')
  const challenge = required(parameters, 'code_challenge')
  // Absent means plain (RFC 7636, section 4.3), which SMART forbids.
  if (parameters.code_challenge_method !== 'S256') throw new OAuthError('invalid_request', 'The code_challenge_method must be S256')
  if (!/^[\w-]{43}$/.test(challenge)) throw new OAuthError('invalid_request', 'The code_challenge is no SHA-256 hash in base64url')
  if (required(parameters, 'aud').replace(/\/$/, '') !== fhirBaseUrl)
    throw new OAuthError('invalid_request', `The aud must be ${fhirBaseUrl}`)
  const { nonce } = parameters
  return { state, challenge, scope: required(parameters, 'scope'), ...(nonce && { nonce }) }
}

function launchContextOf(realm: Realm, { scope }: AuthorizationRequest, launch: string | undefined): LaunchContext | undefined {
  if (launch === undefined) return undefined
  if (!scope.split(/\s+/).includes('launch')) throw new OAuthError('invalid_scope', 'A launch from the EHR needs the scope launch')
  const context = realm.launches.take(launch)
  if (!context)
    throw new OAuthError('invalid_request', 'The launch has been used already or has expired; open the app again from the chart')
  return context
}

async function continueWith(
  realm: Realm,
  request: AuthorizationRequest,
  launched: LaunchContext | undefined,
  res: Response,
): Promise<void> {
  if (!launched && asksForPatient(request.scope)) return showPicker(realm, request, res)
  sendCode(realm, request, launched ?? { user: MIDWIFE, needPatientBanner: true, fromChart: false }, res)
}

const asksForPatient = (scope: string): boolean =>
  scope.split(/\s+/).includes('launch/patient') || parseScopes(scope).some(({ context }) => context === 'patient')
