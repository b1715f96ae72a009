import { ASSERTION_ALGORITHMS } from './client-authentication.ts'
import { endpointsOf } from './endpoints.ts'
import { SCOPES_SUPPORTED } from './granted-scope.ts'
import type { RealmOptions } from './realm.ts'

const CAPABILITIES = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-ehr-encounter',
  'context-standalone-patient',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-user',
  'permission-v1',
  'permission-v2',
]

/**
 * What a client needs to know to get a token here: served as `smart-configuration`.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
 */
export function smartConfiguration(options: Pick<RealmOptions, 'authBaseUrl'>) {
  const { authorization, token, jwks, introspection, revocation } = endpointsOf(options)
  return {
    issuer: options.authBaseUrl,
    jwks_uri: jwks,
    authorization_endpoint: authorization,
    token_endpoint: token,
    introspection_endpoint: introspection,
    revocation_endpoint: revocation,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    scopes_supported: SCOPES_SUPPORTED,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    capabilities: CAPABILITIES,
  }
}

/** The same for a client that speaks OpenID Connect only. @see https://openid.net/specs/openid-connect-discovery-1_0.html */
export function openidConfiguration(options: Pick<RealmOptions, 'authBaseUrl'>) {
  const { capabilities: _, ...shared } = smartConfiguration(options)
  return {
    ...shared,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nonce', 'fhirUser', 'profile'],
  }
}

/** Colours and sizes for apps that want to look like the EHR around them. @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#styling */
export const STYLE = {
  color_background: '#ffffff',
  color_error: '#a4262c',
  color_highlight: '#2e3a8c',
  color_modal_backdrop: '#1b1b1f',
  color_success: '#2e3a8c',
  color_text: '#1b1b1f',
  dim_border_radius: '4px',
  dim_font_size: '17px',
  dim_spacing_size: '8px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
}
