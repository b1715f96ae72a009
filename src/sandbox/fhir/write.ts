import { isObject } from '../../json-object.ts'
import type { Call, Outcome } from './call.ts'
import type { Interaction } from './interaction.ts'
import { checkReferences, withReferences } from './references.ts'
import { Refusal, refusal } from './refusal.ts'
import { type AnyResource, isId } from './resource.ts'
import { isServed } from './search-parameters.ts'
import { conditionOf } from './search-request.ts'
import type { Version } from './store.ts'

/** A create or update whose identity has been settled, before anything is written: other entries may refer to it. */
export interface Plan {
  readonly type: string
  readonly id: string
  readonly resource: AnyResource
  readonly letter: 'c' | 'u'
  readonly existing?: Version | undefined
  /** The condition that decided whether it exists; it must still match at most once when all is written. */
  readonly condition?: string | undefined
}

/**
 * Settles which resource a create or update is about. Refused: a body of another type, or another id than the url's, 400; a condition
 * that matches several 412; an `If-Match` of another version 412; an existing resource out of the grant's reach 403.
 */
export function planOf(call: Call, interaction: Interaction): Plan {
  if (interaction.kind === 'create') return planCreate(call, interaction)
  if (interaction.kind === 'update') return planUpdate(call, interaction)
  throw new TypeError(`${interaction.kind} writes no resource`)
}

/** A conditional create that found its resource: nothing to write. */
export const isFound = ({ letter, existing }: Plan): boolean => letter === 'c' && existing !== undefined

function planCreate(call: Call, { type, ifNoneExist, resource: body }: Extract<Interaction, { kind: 'create' }>): Plan {
  const resource = bodyOf(type, body)
  const existing = ifNoneExist === undefined ? undefined : onlyMatch(call, type, ifNoneExist)
  if (existing) call.access.assertKey(existing.key, type, 'c')
  return { type, id: existing?.id ?? call.newId(), resource, letter: 'c', existing, condition: ifNoneExist }
}

function planUpdate(call: Call, { type, id, query, ifMatch, resource: body }: Extract<Interaction, { kind: 'update' }>): Plan {
  const resource = bodyOf(type, body)
  const matched = id === undefined ? onlyMatch(call, type, query) : undefined
  const target = id ?? matched?.id ?? (typeof resource.id === 'string' ? resource.id : call.newId())
  if (!isId(target) || (resource.id !== undefined && resource.id !== target) || (id !== undefined && resource.id === undefined)) {
    throw refusal(400, 'invalid', 'The id in the body is not the id of the resource to be updated', `${type}.id`)
  }
  const existing = call.store.current(type, target)
  if (ifMatch !== undefined && existing?.version !== ifMatch) {
    throw refusal(
      412,
      'conflict',
      `The resource is ${existing ? `at version ${existing.version}` : 'not there'}, not at version ${ifMatch}`,
    )
  }
  if (existing?.resource) call.access.assertKey(existing.key, type, 'u')
  return { type, id: target, resource, letter: 'u', existing, condition: id === undefined ? query : undefined }
}

function bodyOf(type: string, body: unknown): AnyResource {
  if (!isObject(body)) throw refusal(400, 'structure', 'There is no resource in the body')
  if (body.resourceType !== type) throw refusal(400, 'invalid', `The url asks for a resource of the type ${type}`, 'resourceType')
  return body as AnyResource
}

function onlyMatch(call: Call, type: string, query: string): Version | undefined {
  const keys = call.store.find(type, conditionOf(type, query, call))
  if (keys.length <= 1) return call.store.load(keys)[0]
  const ids = call.store.load(keys.slice(0, 10)).map(({ id }) => id)
  throw refusal(412, 'multiple-matches', `The condition matches ${keys.length} resources: ${type} ${ids.join(', ')}`)
}

/**
 * Writes one plan, its references resolved by `links` (fullUrl to `Type/id`), by the server's own base url and by condition.
 * Refused (422) when the check finds an error.
 */
export function carryOut(call: Call, { type, id, resource, letter, existing }: Plan, links: ReadonlyMap<string, string>): Outcome {
  const linked = { ...withReferences(resource, (reference) => linkOf(call, reference, links)), id }
  const issues = call.check(linked)
  if (issues.some(({ severity }) => severity === 'error' || severity === 'fatal')) throw new Refusal(422, issues)
  const version = call.store.put({ type, id, resource: linked, at: call.now, method: letter === 'c' ? 'POST' : 'PUT' })
  return { status: existing?.resource ? 200 : 201, isWrite: true, version, ...(version.resource && { body: version.resource }) }
}

/** The existing resource of a conditional create; shown only to who may read it. */
export function foundOutcome({ access }: Call, existing: Version): Outcome {
  const { type, resource } = existing
  const shown = resource && access.permits(type, 'r') && access.isReadable(resource)
  return { status: 200, isWrite: true, version: existing, ...(shown && { body: resource }) }
}

function linkOf(call: Call, reference: string, links: ReadonlyMap<string, string>): string {
  const linked = links.get(reference)
  if (linked !== undefined) return linked
  if (reference.startsWith(`${call.base}/`)) return reference.slice(call.base.length + 1)
  const [, type, query] = /^([A-Z][A-Za-z]+)\?(.+)$/.exec(reference) ?? []
  if (type === undefined || query === undefined || !isServed(type)) return reference
  call.access.clause(type, 's')
  const match = onlyMatch(call, type, query)
  if (!match) throw refusal(412, 'not-found', `The conditional reference to ${type} matches nothing`)
  return `${type}/${match.id}`
}

/** What can be judged only when all of a transaction is written: references, reach, and that no condition matches two of them. */
export function verify(call: Call, { type, letter, condition }: Plan, { version }: Outcome): void {
  if (!version?.resource) return
  if (call.referentialIntegrity) checkReferences(version.resource, (ref) => call.store.has(ref))
  call.access.assertKey(version.key, type, letter)
  if (condition !== undefined && call.store.find(type, conditionOf(type, condition, call)).length > 1) {
    throw refusal(400, 'duplicate', 'Several entries of the Bundle make resources that fulfil the same condition')
  }
}
