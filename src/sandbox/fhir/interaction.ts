import { refusal } from './refusal.ts'
import { isId } from './resource.ts'
import { isServed } from './search-parameters.ts'

/** One request in the words of HTTP, as a call of its own or as `Bundle.entry`. The url is relative to the FHIR base. */
export interface InteractionRequest {
  readonly method: string
  readonly url: string
  readonly resource?: unknown
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifNoneExist?: string | undefined
}

/** The same in the words of FHIR. `ifMatch` and `ifNoneMatch` are version numbers. */
export type Interaction = { readonly type: string } & (
  | { readonly kind: 'read'; readonly id: string; readonly ifNoneMatch?: string | undefined }
  | { readonly kind: 'vread'; readonly id: string; readonly version: number }
  | { readonly kind: 'history'; readonly id: string }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'create'; readonly resource: unknown; readonly ifNoneExist?: string | undefined }
  | {
      readonly kind: 'update'
      /** Absent for a conditional update, which has `query`. */
      readonly id?: string
      readonly query: string
      readonly resource: unknown
      readonly ifMatch?: number | undefined
    }
  | { readonly kind: 'delete'; readonly id: string; readonly ifMatch?: number | undefined }
)

/** The SMART scope letter that permits each kind. A conditional update that creates is covered by `u`. */
export const LETTER = { read: 'r', vread: 'r', history: 'r', search: 's', create: 'c', update: 'u', delete: 'd' } as const

/**
 * Refused: a type not held here or a path that means nothing 404, a method that means nothing on the path 405, an id that is none 400.
 * @see https://hl7.org/fhir/R4/http.html
 */
export function interactionOf(request: InteractionRequest): Interaction {
  const [path = '', query = ''] = splitOnce(request.url, '?')
  const [type = '', ...rest] = path.replace(/^\/|\/$/g, '').split('/')
  if (!isServed(type)) throw refusal(404, 'not-supported', `This server holds no resources of the type "${type.slice(0, 64)}"`)
  const [id] = rest
  if (id !== undefined && !isId(id)) throw refusal(400, 'value', 'The id in the url is not a FHIR id')
  if (id === undefined) return typeInteraction(type, query, request)
  if (rest.length === 1) return instanceInteraction(type, id, request)
  return historyInteraction(type, id, rest.slice(1), request)
}

function typeInteraction(type: string, query: string, { method, resource, ifNoneExist, ifMatch }: InteractionRequest): Interaction {
  if (method === 'GET') return { kind: 'search', type, query }
  if (method === 'POST') return { kind: 'create', type, resource, ifNoneExist }
  if (method !== 'PUT') throw notAllowed(method)
  if (query === '') throw refusal(400, 'required', 'An update needs an id in the url, or a condition')
  return { kind: 'update', type, query, resource, ifMatch: versionOf(ifMatch) }
}

function instanceInteraction(type: string, id: string, { method, resource, ifMatch, ifNoneMatch }: InteractionRequest): Interaction {
  if (method === 'GET') return { kind: 'read', type, id, ifNoneMatch }
  if (method === 'PUT') return { kind: 'update', type, id, query: '', resource, ifMatch: versionOf(ifMatch) }
  if (method === 'DELETE') return { kind: 'delete', type, id, ifMatch: versionOf(ifMatch) }
  throw notAllowed(method)
}

function historyInteraction(
  type: string,
  id: string,
  [word, version, ...more]: readonly string[],
  { method }: InteractionRequest,
): Interaction {
  if (word !== '_history' || more.length > 0) throw refusal(404, 'not-supported', 'There is nothing under this url')
  if (method !== 'GET') throw notAllowed(method)
  if (version === undefined) return { kind: 'history', type, id }
  return { kind: 'vread', type, id, version: /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0 }
}

const notAllowed = (method: string) => refusal(405, 'not-supported', `${method} is not supported on this url`)

/** The version in `If-Match: W/"3"`. Only the weak form that FHIR prescribes is accepted. */
function versionOf(etag: string | undefined): number | undefined {
  if (etag === undefined) return undefined
  const [, version] = /^W\/"(\d{1,9})"$/.exec(etag) ?? []
  if (version === undefined) throw refusal(400, 'value', 'If-Match must have the form W/"<versionId>"')
  return Number(version)
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
