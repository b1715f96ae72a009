import { type GrantedToken, requestToken } from '../../ehr/backend-services.ts'
import { formatScope, intersectScopes, parseScopes } from '../../ehr/scopes.ts'
import { backendClientOf } from '../../ehr/tenant.ts'
import { AssessmentError } from '../../errors.ts'
import { type Examination, type Finding, fail, ok, reasonOf, skipped, warn } from './finding.ts'

/** Whether the server accepts our key and gives us what we need. */
export async function checkLogin(examination: Examination): Promise<readonly Finding[]> {
  const { tenant, keys, now } = examination
  if (tenant === undefined || keys === undefined)
    return [skipped('login', 'no tenant of this address in the site file, and no KIZUNA_CLIENT_ID with KIZUNA_KEY_FILE')]
  const client = backendClientOf(tenant, { keys, now, attempts: 1, timeout: 10_000 })
  const offered = offers(examination)
  try {
    const token = await requestToken(client)
    return [
      ...offered,
      ok('login', `${tenant.clientId} got a token for ${Math.round((token.expiresAt - now().getTime()) / 1000)} s`),
      scopes(client.scope, token),
    ]
  } catch (error) {
    return [...offered, refused(examination, error)]
  }
}

/** What discovery says about our way to log in; a list that is missing says nothing. */
function offers({ configuration, keys, now }: Examination): Finding[] {
  const methods = configuration?.token_endpoint_auth_methods_supported
  const grants = configuration?.grant_types_supported
  const { alg } = keys!.signer(now())
  const algorithms = configuration?.token_endpoint_auth_signing_alg_values_supported
  const missing = [
    ...(methods && !methods.includes('private_key_jwt') ? ['private_key_jwt'] : []),
    ...(grants && !grants.includes('client_credentials') ? ['client_credentials'] : []),
    ...(algorithms && !algorithms.includes(alg) ? [alg] : []),
  ]
  if (missing.length === 0) return [ok('offer', `private_key_jwt with ${alg}`)]
  return [
    warn(
      'offer',
      `the server does not offer ${missing.join(', ')}`,
      'Ask the operator whether Backend Services are switched on; RSA keys sign with RS384, P-384 keys with ES384.',
    ),
  ]
}

const FIXES: Readonly<Record<string, string>> = {
  invalid_client:
    'Compare client id and key with the registration: the operator needs our /.well-known/jwks.json or its content; the clock must be right too.',
  invalid_scope: 'Set scopes in the tenant to what the client is registered for (v1 servers: system/Observation.read and so on).',
  unauthorized_client: 'Have the client registered for the grant type client_credentials.',
  unsupported_grant_type: 'This server gives no tokens to services: ask the operator for its Backend Services endpoint (tokenEndpoint).',
}

function refused({ tenant }: Examination, error: unknown): Finding {
  if (!(error instanceof AssessmentError)) throw error
  const { error: code, error_description: description } = (error.cause ?? {}) as { error?: unknown; error_description?: unknown }
  const detail = typeof description === 'string' ? `: ${description.slice(0, 300)}` : ''
  const fix = FIXES[String(code)] ?? 'See what the operator finds in the log of the authorization server.'
  return fail('login', `${tenant!.clientId} got no token: ${reasonOf(error)}${detail}`, fix)
}

/** Without these nothing is read or written; without the others something is left out, and said. */
const NEEDED = parseScopes('system/QuestionnaireResponse.rs system/Observation.crus')

function scopes(asked: string, { scope }: GrantedToken): Finding {
  const granted = parseScopes(scope)
  const missing = parseScopes(asked).filter(
    (one) => formatScope(intersectScopes([one], granted)[0] ?? { ...one, interactions: '' }) !== formatScope(one),
  )
  if (missing.length === 0) return ok('scopes', `granted: ${scope}`)
  const says = `not granted: ${missing.map(formatScope).join(' ')}`
  const fix =
    'Have the client registered for these scopes, or set scopes in the tenant to what it may have; what cannot be written is then named in every receipt.'
  const isVital = NEEDED.some((one) => missing.some(({ type, context }) => type === one.type && context === one.context))
  return isVital ? fail('scopes', says, fix) : warn('scopes', says, fix)
}
