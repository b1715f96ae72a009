import type { JsonObject } from '../json-object.ts'

const has = (resource: JsonObject, name: string): boolean =>
  Object.keys(resource).some((key) => key === name || (key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))))

/** `value.exists() or (dataAbsentReason.exists() and component.count() = 2)` */
function hasNumberOrReason(observation: JsonObject): boolean {
  const { dataAbsentReason, component } = observation
  return has(observation, 'value') || (dataAbsentReason !== undefined && Array.isArray(component) && component.length === 2)
}

/** Our own constraints by key: whether a resource keeps them. Their text stands in the profile. */
export const PROFILE_INVARIANTS: Readonly<Record<string, (resource: JsonObject) => boolean>> = { 'kizuna-score-1': hasNumberOrReason }
