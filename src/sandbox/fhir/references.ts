import { isObject } from '../../json-object.ts'
import { refusal } from './refusal.ts'
import { type AnyResource, literalOf } from './resource.ts'
import { isServed } from './search-parameters.ts'

/** The elements in which a Bundle's `urn:uuid:` may stand for the resource it will become. */
const LINKING = new Set(['reference', 'url', 'valueUri', 'valueUrl', 'instantiatesUri'])

/** A copy of the resource with every reference and linking uri, at any depth, passed through `replace`. */
export function withReferences(resource: AnyResource, replace: (reference: string, expression: string) => string): AnyResource {
  const copy = (node: unknown, name: string, expression: string): unknown => {
    if (typeof node === 'string') return LINKING.has(name) ? replace(node, expression) : node
    if (Array.isArray(node)) return node.map((each, index) => copy(each, name, `${expression}[${index}]`))
    if (!isObject(node)) return node
    return Object.fromEntries(Object.entries(node).map(([element, value]) => [element, copy(value, element, `${expression}.${element}`)]))
  }
  return copy(resource, '', resource.resourceType) as AnyResource
}

/**
 * Refuses (422, `not-found`) literal references to resources of a served type that are not there, and `urn:uuid:` that no entry bears.
 * References to other servers, to contained resources and to types not held here are left alone.
 */
export function checkReferences(resource: AnyResource, has: (ref: string) => boolean): void {
  withReferences(resource, (reference, expression) => {
    if (!expression.endsWith('.reference')) return reference
    const literal = literalOf(reference)
    const dangling = literal ? isServed(literal.type) && !has(literal.ref) : /^urn:(uuid|oid):/.test(reference)
    if (dangling) throw refusal(422, 'not-found', `The resource ${reference} is not there`, expression)
    return reference
  })
}
