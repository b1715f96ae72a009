import type { Reference } from 'fhir/r4.js'

/** The `Type/id` a literal reference ends in, without version; two forms of one address then compare equal. Nothing of what is no reference: servers hold such things. */
export function referenceKey(reference: Reference | undefined): string | undefined {
  const text: unknown = reference?.reference
  if (typeof text !== 'string') return undefined
  return /(?:^|\/)([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(text)?.[1] ?? text
}

/** What a reference points at, as one string: literal, else logical (`system|value`), else nothing. */
export function referenceTarget(reference: Reference | undefined): string | undefined {
  // Asked of what nobody has checked too: whose history a response may see is told before it is scored.
  if (!isReference(reference)) return undefined
  const key = referenceKey(reference)
  if (key !== undefined) return key
  const { system, value } = reference.identifier ?? {}
  return value === undefined ? undefined : `${system ?? ''}|${value}`
}

/** The type a reference names: by its address, else by `type`. */
export function referenceType(reference: Reference): string | undefined {
  return /^([A-Z][A-Za-z]+)\//.exec(referenceKey(reference) ?? '')?.[1] ?? reference.type
}

const baseOf = (reference: Reference | undefined): string | undefined =>
  /^(https?:.*)\/[A-Z][A-Za-z]+\//.exec(reference?.reference ?? '')?.[1]

/**
 * Whether both point at the same thing; nothing equals only nothing. A relative reference may be meant on any server, but `Patient/1` of one server is
 * somebody else than `Patient/1` of another.
 */
export function sameTarget(one: Reference | undefined, other: Reference | undefined): boolean {
  const [base, otherBase] = [baseOf(one), baseOf(other)]
  return referenceTarget(one) === referenceTarget(other) && (base === undefined || otherBase === undefined || base === otherBase)
}

/** Whether something unchecked can be read as a literal or logical reference. */
export function isReference(value: unknown): value is Reference {
  if (!isObject(value) || !isTextOrAbsent(value.reference) || !isTextOrAbsent(value.type)) return false
  const identifier = value.identifier ?? undefined
  return identifier === undefined || (isObject(identifier) && isTextOrAbsent(identifier.system) && isTextOrAbsent(identifier.value))
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null
const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === 'string'
