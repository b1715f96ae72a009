import type { StructureDefinition } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { BASE } from '../instrument/instrument.ts'
import { isObject } from '../json-object.ts'
import { type FormKnowledge, readForm } from '../score/read-form.ts'
import { createProfileCheck, type ProfileCheck } from './check-profile.ts'
import { MOST_ISSUES, nestedResources } from './check-resource.ts'
import { profilesOf } from './profiles-of.ts'

/** What a resource was held against (besides R4: profiles, questionnaires), and its faults. */
export interface Conformance {
  readonly against: readonly string[]
  readonly issues: readonly Issue[]
}

type Resource = { readonly [key: string]: unknown }

const FORM_BASE = `${BASE}/Questionnaire/`

/**
 * The whole check of unknown JSON: R4 (`knowledge.check`), then, of the resource and of those inside it, our profiles where it claims one or is a result,
 * our questionnaires where it answers one, and extensions of ours on it. A fault is said once, at most 50 in all. References need not be resolved: `urn:uuid:` is one.
 */
export function createConformanceCheck(
  knowledge: FormKnowledge,
  profiles: readonly StructureDefinition[],
): (resource: unknown) => Conformance {
  const checks = new Map(profiles.map((profile) => [profile, createProfileCheck(profile, profiles)] as const))

  return (received) => {
    const r4 = knowledge.check(received)
    const isReadable = isObject(received) && typeof received.resourceType === 'string' && !r4.some(({ code }) => code === 'too-long')
    if (!isReadable) return { against: [], issues: r4 }
    const [against, issues] = [new Set<string>(), [...r4]]
    for (const [resource, expression] of everyResource(received, received.resourceType as string)) {
      if (issues.length >= MOST_ISSUES) break
      const form = formIssues(knowledge, resource, { expression, r4 })
      const { applied, issues: claims } = profilesOf(profiles, resource, expression)
      for (const name of [...form.against, ...applied.map(({ id }) => id!)]) against.add(name)
      const departures = applied.flatMap((profile) => checks.get(profile)!(resource, expression))
      for (const one of [...form.issues, ...claims, ...departures, ...extensionIssues(checks, resource, expression)])
        if (!issues.some((said) => isSame(said, one))) issues.push(one)
    }
    return { against: [...against], issues: issues.slice(0, MOST_ISSUES) }
  }
}

/** Extensions of ours, by their own definitions, whatever they stand on. */
function extensionIssues(checks: ReadonlyMap<StructureDefinition, ProfileCheck>, { extension }: Resource, expression: string): Issue[] {
  if (!Array.isArray(extension)) return []
  return extension.flatMap((one: unknown, index) => {
    const definition = [...checks.keys()].find(({ url, type }) => type === 'Extension' && isObject(one) && url === one.url)
    return definition ? checks.get(definition)!(one, `${expression}.extension[${index}]`) : []
  })
}

/** What R4 has found is handed to the reading of the form, which goes no further then; it is not said again. */
function formIssues(knowledge: FormKnowledge, resource: Resource, { expression, r4 }: { expression: string; r4: Issue[] }): Conformance {
  const { resourceType, questionnaire } = resource
  const isOurs = resourceType === 'QuestionnaireResponse' && typeof questionnaire === 'string' && questionnaire.startsWith(FORM_BASE)
  if (!isOurs) return { against: [], issues: [] }
  const found = r4.filter((issue) => isWithin(issue, expression))
  const form = readForm({ ...knowledge, check: () => found }, resource)
  const faults = 'faults' in form ? form.faults.filter((fault) => !found.includes(fault)) : []
  return { against: [questionnaire.slice(BASE.length + 1)], issues: faults.map((fault) => placed(fault, expression)) }
}

function* everyResource(resource: Resource, expression: string): Generator<readonly [Resource, string]> {
  yield [resource, expression]
  for (const [path, nested] of nestedResources(resource)) if (isObject(nested)) yield* everyResource(nested, `${expression}.${path}`)
}

const isWithin = (issue: Issue, expression: string): boolean =>
  issue.expression === expression || issue.expression?.startsWith(`${expression}.`) === true

/** Two invariants may be broken at one place; all else is one fault, in other words. */
const isSame = (one: Issue, other: Issue): boolean =>
  one.code === other.code && one.expression === other.expression && (one.code !== 'invariant' || one.diagnostics === other.diagnostics)

/** A fault of a form, where the response stands inside of something. */
const placed = (fault: Issue, expression: string): Issue => ({
  ...fault,
  ...(fault.expression !== undefined && { expression: fault.expression.replace(/^QuestionnaireResponse/, () => expression) }),
})
