import { fetchSmartConfiguration, type SmartConfiguration } from '../../ehr/smart-configuration.ts'
import { type Examination, type Finding, fail, ok, reasonOf, warn } from './finding.ts'

/** What the server says of how tokens are got, and whether an app and a service can work with it. */
export async function checkDiscovery({
  baseUrl,
}: Examination): Promise<{ findings: readonly Finding[]; configuration?: SmartConfiguration }> {
  try {
    const configuration = await fetchSmartConfiguration({ baseUrl, attempts: 2, timeout: 10_000 })
    return { configuration, findings: [ok('discovery', 'smart-configuration read'), pkce(configuration), await serverKeys(configuration)] }
  } catch (error) {
    const fix =
      'SMART needs <base>/.well-known/smart-configuration as JSON: ask the operator to switch it on, or set tokenEndpoint, issuer and jwksUri in the tenant.'
    return { findings: [fail('discovery', reasonOf(error), fix)] }
  }
}

function pkce({ authorization_endpoint: endpoint, code_challenge_methods_supported: methods }: SmartConfiguration): Finding {
  if (endpoint === undefined) return { check: 'pkce', verdict: 'skipped', says: 'the server launches no apps (no authorization_endpoint)' }
  if (methods?.includes('S256')) {
    if (!methods.includes('plain')) return ok('pkce', 'S256')
    return warn('pkce', 'S256, and plain, which SMART forbids', 'Nothing to do for us: the app uses S256. Tell the operator.')
  }
  return fail('pkce', 'S256 is not offered', 'The app logs in with PKCE (S256) only, as SMART 2 demands: ask the operator to switch it on.')
}

/** What callers of our service show was signed with these. */
async function serverKeys({ jwks_uri: address }: SmartConfiguration): Promise<Finding> {
  const fix = 'Set jwksUri in the tenant, or have the operator publish jwks_uri: without keys the tokens of callers cannot be checked.'
  if (address === undefined) return warn('server keys', 'the smart-configuration names no jwks_uri', fix)
  const answer = await fetch(address, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
  const { keys } = ((await answer?.json().catch(() => ({}))) ?? {}) as { keys?: unknown }
  return Array.isArray(keys) && keys.length > 0
    ? ok('server keys', `${keys.length} published`)
    : warn('server keys', `no keys at ${address}`, fix)
}
