import type { Issue } from '../errors.ts'
import { isObject, type JsonObject } from '../json-object.ts'
import { errorIssue } from './r4-issues.ts'

type Visit = (array: readonly unknown[], path: string, key: string, parent: JsonObject) => void

/**
 * ref-1, dom-2, dom-3, dom-4 and dom-5: contained resources and the references to them.
 * Contained resources have one level only, no version and no security label of their own, and something refers to each.
 * @see https://hl7.org/fhir/R4/references.html#contained
 */
export function localReferenceIssues(resource: JsonObject, base: string): Issue[] {
  if (isContained(base)) return []
  const contained = ((resource.contained ?? []) as readonly unknown[]).map((inner) => (isObject(inner) ? inner : {}))
  const ids = new Set(contained.map(localName))
  const local = localTexts(resource, base)
  const dangling = local.filter(({ key, text }) => key === 'reference' && text !== '#' && !ids.has(text))
  const named = new Set(local.map(({ text }) => text))
  return [
    ...dangling.map(({ path }) => errorIssue('invariant', path, 'ref-1: SHALL have a contained resource if a local reference is provided')),
    ...contained.flatMap((inner, index) => containedIssues(inner, `${base}.contained[${index}]`, named)),
  ]
}

/** What refers to it; nothing where its id is no text. */
const localName = ({ id }: JsonObject): string => (typeof id === 'string' ? `#${id}` : '')
const isContained = (base: string): boolean => /\.contained\[\d+\]$/.test(base)

function containedIssues(contained: JsonObject, path: string, named: ReadonlySet<string>): Issue[] {
  const meta = (contained.meta ?? {}) as JsonObject
  const faults = [
    contained.contained !== undefined && 'dom-2: A contained resource SHALL NOT contain nested Resources',
    !named.has(localName(contained)) &&
      !named.has('#') &&
      'dom-3: A contained resource SHALL be referred to from elsewhere in the resource',
    (meta.versionId ?? meta.lastUpdated) !== undefined &&
      'dom-4: A contained resource SHALL NOT have a meta.versionId or a meta.lastUpdated',
    meta.security !== undefined && 'dom-5: A contained resource SHALL NOT have a security label',
  ]
  return faults.flatMap((fault) => (fault ? [errorIssue('invariant', path, fault)] : []))
}

interface LocalText {
  readonly path: string
  readonly key: string
  readonly text: string
}

function localTexts(value: unknown, path: string, key = ''): LocalText[] {
  if (typeof value === 'string') return value.startsWith('#') ? [{ path, key, text: value }] : []
  if (Array.isArray(value)) return value.flatMap((item, index) => localTexts(item, `${path}[${index}]`, key))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => (isOwnWorld(inner, name) ? [] : localTexts(inner, `${path}.${name}`, name)))
}

/** A resource in a Bundle or in Parameters has contained resources of its own. */
const isOwnWorld = (value: unknown, key: string): boolean =>
  key !== 'contained' && typeof value === 'object' && value !== null && 'resourceType' in value

/** In an array of primitives null keeps a place for an extension at the same place of the companion, and the reverse. */
export function nullIssues(resource: JsonObject, base: string): Issue[] {
  const issues: Issue[] = []
  visitArrays(resource, base, (array, path, key, parent) => {
    const companion = parent[key.startsWith('_') ? key.slice(1) : `_${key}`]
    for (const [index, item] of array.entries()) {
      if (item !== null || (Array.isArray(companion) && (companion[index] ?? null) !== null)) continue
      issues.push(errorIssue('structure', `${path}[${index}]`, 'null stands for a value that has an extension, and there is none'))
    }
  })
  return issues
}

function visitArrays(object: JsonObject, path: string, visit: Visit): void {
  for (const [key, value] of Object.entries(object)) {
    const here = `${path}.${key.replace(/^_/, '')}`
    if (Array.isArray(value)) {
      visit(value, here, key, object)
      for (const [index, item] of value.entries()) visitIfObject(item, `${here}[${index}]`, visit)
    } else if (!isOwnWorld(value, key)) visitIfObject(value, here, visit)
  }
}

function visitIfObject(value: unknown, path: string, visit: Visit): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('resourceType' in value))
    visitArrays(value as JsonObject, path, visit)
}
