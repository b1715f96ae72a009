import type { JSONWebKeySet } from 'jose'

export type GrantType = 'authorization_code' | 'refresh_token' | 'client_credentials'

/** A registered client. One with `keys` is confidential and signs its requests to the token endpoint (`private_key_jwt`). */
export interface Client {
  readonly id: string
  readonly name: string
  readonly grants: readonly GrantType[]
  /** The only addresses a code may be sent to; `loopback`: any http(s) address of this machine. */
  readonly redirectUris: readonly string[] | 'loopback'
  /** The resource scopes it may be granted at most, as a `scope` text. */
  readonly allows: string
  readonly keys?: { readonly publicKeys: () => JSONWebKeySet; readonly jku?: string }
  /** Scopes refused although allowed, so that one can see what an app does when it gets less than it asked for. May be set at any time. */
  denyScopes?: string
}

/**
 * The clients of the embedded EHR: our app, our service, and one for other people's apps.
 * `appUrls` are the addresses of `smart-launch.html`; the service's public key comes from `createServiceKey`.
 */
export function createClients(appUrls: readonly string[], serviceKeys: NonNullable<Client['keys']>): Client[] {
  const interactive: readonly GrantType[] = ['authorization_code', 'refresh_token']
  return [
    { id: 'kizuna-app', name: 'Kizuna', grants: interactive, redirectUris: appUrls, allows: 'patient/*.crus user/*.rs' },
    {
      id: 'kizuna-service',
      name: 'Kizuna service',
      grants: ['client_credentials'],
      redirectUris: [],
      allows: 'system/*.cruds',
      keys: serviceKeys,
    },
    { id: 'any-public-app', name: 'Any public app', grants: interactive, redirectUris: 'loopback', allows: 'patient/*.cruds user/*.cruds' },
  ]
}

/** Whether the client may have its code sent there: a registered address, character by character, or any of this machine. */
export function mayRedirectTo({ redirectUris }: Client, address: string): boolean {
  return redirectUris === 'loopback' ? isLoopback(address) : redirectUris.includes(address)
}

/** An absolute http(s) URL of this machine, with neither user information nor fragment. */
export function isLoopback(address: string): boolean {
  if (!/^https?:\/\/[^\s\\#]+$/i.test(address) || !URL.canParse(address)) return false
  const { hostname, username, password } = new URL(address)
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) && username + password === ''
}
