import { formatScope, intersectScopes, parseScopes, type Scope } from '../../ehr/scopes.ts'
import type { Client } from './clients.ts'
import { OAuthError } from './oauth-error.ts'
import type { LaunchContext } from './realm.ts'

/** Scopes that are no resource scopes: when each is granted. What is not named here is granted to nobody. */
const WHEN: Readonly<Record<string, (client: Client, context: LaunchContext, asked: ReadonlySet<string>) => boolean>> = {
  launch: (_client, { fromChart }) => fromChart,
  'launch/patient': (_client, { patient }) => patient !== undefined,
  'launch/encounter': (_client, { encounter }) => encounter !== undefined,
  openid: () => true,
  fhirUser: (_client, _context, asked) => asked.has('openid'),
  profile: (_client, _context, asked) => asked.has('openid'),
  online_access: ({ grants }) => grants.includes('refresh_token'),
  offline_access: ({ grants }) => grants.includes('refresh_token'),
}

/** Who it is and which patient: granted whatever the most is that a launch grants. */
const ALWAYS = ['launch', 'launch/patient', 'launch/encounter', 'openid', 'fhirUser', 'profile']

/** What a client is registered for, cut down to the most that this launch grants. */
const mostOf = ({ allows }: Client, most: string): string =>
  intersectScopes(parseScopes(most), parseScopes(allows)).map(formatScope).join(' ')

export const SCOPES_SUPPORTED = [...Object.keys(WHEN), 'patient/*.cruds', 'user/*.cruds', 'system/*.cruds']

/**
 * The scope granted to a client for a person: what was asked, cut down to what the client is registered for.
 * `patient/` needs a patient in context; `user/` a user who works here, because a mother may see nothing but her own record;
 * `system/` is for Backend Services alone. A scope granted whole is repeated as it was written, v1 or v2.
 * Throws `invalid_scope` when nothing is left.
 */
export function grantedScope(asked: string, client: Client, context: LaunchContext): string {
  const words = new Set(asked.split(/\s+/).filter((word) => word !== ''))
  const denied = new Set((client.denyScopes ?? '').split(/\s+/))
  const most = context.difficulty?.scopes
  const isWithin = (word: string): boolean => most === undefined || ALWAYS.includes(word) || most.split(/\s+/).includes(word)
  const registered = most === undefined ? client : { ...client, allows: mostOf(client, most) }
  return scopeText(
    [...words].flatMap((word) => {
      const when = Object.hasOwn(WHEN, word) && WHEN[word]
      if (when) return when(client, context, words) && !denied.has(word) && isWithin(word) ? [word] : []
      return resourceScopes(word, registered, (scope) => isOpen(scope, context))
    }),
  )
}

/** The scope granted to a Backend Services client: `system/` only. Throws `invalid_scope` when nothing is left. */
export function grantedSystemScope(asked: string, client: Client): string {
  return scopeText(asked.split(/\s+/).flatMap((word) => resourceScopes(word, client, ({ context }) => context === 'system')))
}

/** The asked part of a grant, for a refresh; throws `invalid_scope` for anything that was not granted. */
export function narrowedScope(asked: string, granted: string): string {
  const words = asked.split(/\s+/).filter((word) => word !== '')
  const names = granted.split(' ')
  const isCovered = (word: string): boolean => {
    if (names.includes(word)) return true
    const scopes = parseScopes(word)
    return scopes.length > 0 && intersectScopes(scopes, parseScopes(granted)).some((part) => formatScope(part) === formatScope(scopes[0]!))
  }
  if (words.length === 0 || !words.every(isCovered)) throw new OAuthError('invalid_scope', 'A refresh may ask only for what was granted')
  return words.join(' ')
}

function resourceScopes(word: string, client: Client, isAllowed: (scope: Scope) => boolean): string[] {
  const asked = parseScopes(word).filter(isAllowed)
  const denied = parseScopes(client.denyScopes ?? '')
  const granted = intersectScopes(asked, parseScopes(client.allows))
    .flatMap((scope) => without(scope, denied))
    .map(formatScope)
  const isWhole = granted.length === 1 && granted[0] === formatScope(asked[0]!)
  return isWhole ? [word] : granted
}

/** The letters that no denied scope names; of a `*` scope also those denied for one type alone, since less cannot be said. */
function without(scope: Scope, denied: readonly Scope[]): Scope[] {
  const against = denied.filter(
    ({ context, type }) => context === scope.context && (type === scope.type || type === '*' || scope.type === '*'),
  )
  const interactions = [...scope.interactions].filter((letter) => !against.some((other) => other.interactions.includes(letter))).join('')
  return interactions === '' ? [] : [{ ...scope, interactions }]
}

function isOpen(scope: Scope, { patient, user }: LaunchContext): boolean {
  if (scope.context === 'patient') return patient !== undefined
  return scope.context === 'user' && user.startsWith('Practitioner')
}

function scopeText(words: readonly string[]): string {
  if (words.length === 0) throw new OAuthError('invalid_scope', 'None of the scopes asked for can be granted')
  return [...new Set(words)].join(' ')
}
