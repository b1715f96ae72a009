import { AssessmentError } from '../errors.ts'
import { type Connection, sendRequest } from './request.ts'

/** What a server says of how tokens are got, as far as we read it. */
export interface SmartConfiguration {
  readonly issuer?: string
  readonly jwks_uri?: string
  readonly authorization_endpoint?: string
  readonly token_endpoint: string
  readonly introspection_endpoint?: string
  readonly grant_types_supported?: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly capabilities?: readonly string[]
  readonly code_challenge_methods_supported?: readonly string[]
  readonly token_endpoint_auth_methods_supported?: readonly string[]
  readonly token_endpoint_auth_signing_alg_values_supported?: readonly string[]
}

/**
 * Asks a FHIR server where its tokens come from. Throws what `sendRequest` throws, `invalid` when the answer names no token endpoint, or, for a server with TLS,
 * one without.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
 */
export async function fetchSmartConfiguration(connection: Omit<Connection, 'accessToken'>): Promise<SmartConfiguration> {
  const headers = { accept: 'application/json' }
  const { body } = await sendRequest(connection, { method: 'GET', path: '/.well-known/smart-configuration', headers, repeatable: true })
  const configuration = (typeof body === 'object' && body !== null ? body : {}) as Partial<SmartConfiguration>
  const { token_endpoint: endpoint } = configuration
  if (typeof endpoint !== 'string' || !/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw new AssessmentError('invalid', 'The smart-configuration names no token_endpoint')
  if (connection.baseUrl.startsWith('https:') && !endpoint.startsWith('https:'))
    throw new AssessmentError('invalid', 'The token_endpoint in the smart-configuration is not https')
  return configuration as SmartConfiguration
}
