import type { StructureDefinition } from 'fhir/r4.js'
import type { Issue, IssueCode } from '../errors.ts'
import { BASE } from '../instrument/instrument.ts'
import type { JsonObject } from '../json-object.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'

const PROFILE_BASE = `${BASE}/StructureDefinition/`

/**
 * The profiles of ours that a resource has to keep, each once: those its `meta.profile` names, and the one that it comes under as a result, known
 * by our identifier, tag or score code. Others' profiles are passed over. A claim to one of ours that does not exist is `not-supported`; to one of another type, `value`.
 */
export function profilesOf(
  profiles: readonly StructureDefinition[],
  resource: JsonObject,
  expression: string,
): { readonly applied: readonly StructureDefinition[]; readonly issues: readonly Issue[] } {
  const ofResources = profiles.filter(({ kind }) => kind === 'resource')
  const applied = new Set(ofResources.filter(({ id }) => id === resultProfileOf(resource)))
  const issues: Issue[] = []
  for (const [index, claimed] of listOf(objectOf(resource.meta).profile).entries()) {
    if (typeof claimed !== 'string' || !claimed.startsWith(PROFILE_BASE)) continue
    const place = `${expression}.meta.profile[${index}]`
    const profile = ofResources.find(({ url, version }) => claimed === url || claimed === `${url}|${version}`)
    if (profile === undefined) issues.push(fault('not-supported', place, 'No profile of this url and version is published'))
    else if (profile.type !== resource.resourceType) issues.push(fault('value', place, `${profile.id} is a profile of ${profile.type}`))
    else applied.add(profile)
  }
  return { applied: [...applied], issues }
}

/** The profile that a result comes under by what it is, whatever it claims. */
function resultProfileOf({ resourceType, identifier, code, meta }: JsonObject): string | undefined {
  const results = listOf(identifier).filter(isOf(RESULT_SYSTEM))
  if (resourceType === 'RiskAssessment') return results.length > 0 ? 'risk-assessment-result' : undefined
  if (resourceType === 'Provenance') return listOf(objectOf(meta).tag).some(isOf(RESULT_SYSTEM)) ? 'result-provenance' : undefined
  if (resourceType === 'Task') return results.length > 0 ? 'acknowledgement-task' : undefined
  if (resourceType !== 'Observation') return undefined
  const names = [
    ...results.map(({ value }) => value),
    ...listOf(objectOf(code).coding)
      .filter(isOf(SCORE_SYSTEM))
      .map(({ code }) => code),
  ]
  if (names.length === 0) return undefined
  return names.some((name) => typeof name === 'string' && name.endsWith('-panel')) ? 'panel-observation' : 'score-observation'
}

const isOf =
  (system: string) =>
  (value: unknown): value is JsonObject =>
    objectOf(value).system === system

const objectOf = (value: unknown): JsonObject => (typeof value === 'object' && value !== null ? (value as JsonObject) : {})
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const fault = (code: IssueCode, expression: string, diagnostics: string): Issue => ({ severity: 'error', code, expression, diagnostics })
