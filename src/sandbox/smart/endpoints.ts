import type { RealmOptions } from './realm.ts'

/** The absolute URL of every endpoint; each path is what the router serves. */
export function endpointsOf({ authBaseUrl }: Pick<RealmOptions, 'authBaseUrl'>) {
  return {
    authorization: `${authBaseUrl}/authorize`,
    token: `${authBaseUrl}/token`,
    jwks: `${authBaseUrl}/jwks`,
    introspection: `${authBaseUrl}/introspect`,
    revocation: `${authBaseUrl}/revoke`,
    style: `${authBaseUrl}/style.json`,
  }
}
