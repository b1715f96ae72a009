/** One SMART resource scope, e.g. `patient/Observation.rs?category=survey`. `interactions` holds letters of `cruds`, in that order. */
export interface Scope {
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly interactions: string
  /** Search parameters that the resources must also meet; each name once. */
  readonly query?: Readonly<Record<string, string>>
}

export type Interaction = 'c' | 'r' | 'u' | 'd' | 's'

const SHAPE = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]*)\.(read|write|\*|[a-z]+)(?:\?(.+))?$/
const V1 = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
])
const IN_ORDER = /^c?r?u?d?s?$/

/**
 * The resource scopes in a `scope` text, v1 (`.read`, `.write`, `.*`) read as v2.
 * `launch`, `openid`, `fhirUser` and the like are no resource scopes and are left out. So is what the rules do not know:
 * letters out of order or unknown, a nameless or repeated search parameter; it grants nothing.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function parseScopes(text: string): Scope[] {
  return text.split(/\s+/).flatMap((word) => scopeOf(word) ?? [])
}

/**
 * The scope that permits the interaction on the type, or undefined.
 * The widest comes first: one without query before one with, one of a user or system before one of a single patient.
 */
export function scopeFor(scopes: readonly Scope[], type: string, interaction: Interaction): Scope | undefined {
  return scopesFor(scopes, type, interaction)[0]
}

/** Every scope that permits the interaction on the type, widest first: what any one of them permits is permitted. */
export function scopesFor(scopes: readonly Scope[], type: string, interaction: Interaction): Scope[] {
  return scopes
    .filter((scope) => (scope.type === '*' || scope.type === type) && scope.interactions.includes(interaction))
    .sort((one, other) => narrowness(one) - narrowness(other))
}

/** The v2 text of a scope; `parseScopes` reads it back to an equal scope. */
export function formatScope({ context, type, interactions, query }: Scope): string {
  const terms = Object.entries(query ?? {}).map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return `${context}/${type}.${interactions}${terms.length === 0 ? '' : `?${terms.join('&')}`}`
}

/**
 * What to grant: the part of each asked scope that some allowed scope covers.
 * The context must be the same; the narrower type and the letters in both remain; queries are joined, and where they
 * ask different values of one parameter nothing is granted.
 */
export function intersectScopes(asked: readonly Scope[], allowed: readonly Scope[]): Scope[] {
  const granted = asked.flatMap((one) => allowed.flatMap((other) => commonPart(one, other) ?? []))
  return granted.filter(
    (scope, index) => !granted.some((other, at) => at !== index && covers(other, scope) && (at < index || !covers(scope, other))),
  )
}

function scopeOf(word: string): Scope | undefined {
  const [, context, type, letters, search] = SHAPE.exec(word) ?? []
  if (!context || !type || !letters) return undefined
  const interactions = V1.get(letters) ?? letters
  if (!IN_ORDER.test(interactions)) return undefined
  const scope = { context: context as Scope['context'], type, interactions }
  if (search === undefined) return scope
  const query = queryOf(search)
  return query && { ...scope, query }
}

function queryOf(search: string): Record<string, string> | undefined {
  const terms = [...new URLSearchParams(search.replaceAll('+', '%2B'))]
  const names = new Set(terms.map(([name]) => name))
  return terms.length > 0 && names.size === terms.length && !names.has('') ? Object.fromEntries(terms) : undefined
}

function commonPart(one: Scope, other: Scope): Scope | undefined {
  if (one.context !== other.context) return undefined
  if (one.type !== '*' && other.type !== '*' && one.type !== other.type) return undefined
  const type = one.type === '*' ? other.type : one.type
  const interactions = [...one.interactions].filter((letter) => other.interactions.includes(letter)).join('')
  const query = { ...one.query, ...other.query }
  const contradicts = Object.entries(one.query ?? {}).some(([name, value]) => query[name] !== value)
  if (interactions === '' || contradicts) return undefined
  return { context: one.context, type, interactions, ...(Object.keys(query).length > 0 && { query }) }
}

function covers(wide: Scope, narrow: Scope): boolean {
  const common = commonPart(narrow, wide)
  return common !== undefined && formatScope(common) === formatScope(narrow)
}

const narrowness = ({ context, query }: Scope): number => (query ? 2 : 0) + (context === 'patient' ? 1 : 0)

/** Readable where a scope may hold the character (RFC 6749, section 3.3), percent-encoded elsewhere. */
const encode = (text: string): string => encodeURIComponent(text).replace(/%(?:2C|2F|3A|7C)/g, decodeURIComponent)
