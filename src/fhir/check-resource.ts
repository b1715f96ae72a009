import type { ValidateFunction } from 'ajv'
import type { Issue } from '../errors.ts'
import { isObject } from '../json-object.ts'
import { brokenInvariants } from './invariants.ts'
import { errorIssue, issueOfError } from './r4-issues.ts'
import { localReferenceIssues, nullIssues } from './r4-walk.ts'
import { type Scan, scan } from './scan.ts'

/** Whatever is given → its faults as R4 errors; none for a valid resource. */
export type ResourceCheck = (resource: unknown) => Issue[]

type Validators = (resourceType: string) => ValidateFunction | undefined
type Resource = { readonly [key: string]: unknown }
interface Place {
  readonly expression: string
  readonly scanned: Scan
}

export const MOST_ISSUES = 50
const TOO_LARGE = {
  deep: 'The resource is nested deeper than 60 levels',
  long: 'A string is longer than 1,048,576 characters',
  wide: 'An object has more than 256 properties',
} as const

/**
 * The R4 check of unknown JSON: structure, required bindings, reference targets and invariants, of the resource and of the
 * resources inside it (contained, Bundle, Parameters). One issue per fault, at most 50; warnings of R4 are not raised.
 * `validators` gives the compiled schema of a resource type: `compileR4` in Node, the generated module in the browser.
 * Codes: `required`, `value`, `structure`, `invariant`, and `too-long` for what is too deep, too wide or too long to be read.
 * @see https://hl7.org/fhir/R4/validation.html
 */
export function createResourceCheck(validators: Validators): ResourceCheck {
  const check = (resource: unknown, { expression, scanned }: Place): Issue[] => {
    if (!isObject(resource)) return [errorIssue('structure', expression || 'Resource', 'Expected: a JSON object that is a FHIR resource')]
    const { resourceType } = resource
    const validate = typeof resourceType === 'string' ? validators(resourceType) : undefined
    if (!validate) return [unknownType(expression || 'Resource', resourceType)]
    const place = { expression: expression || (resourceType as string), scanned }
    const issues = validate(resource)
      ? []
      : (validate.errors ?? []).slice(0, 2 * MOST_ISSUES).map((error) => issueOfError(error, place.expression))
    const deeper = issues.length > 0 ? [] : meaningIssues(resource, place)
    return [...issues, ...deeper, ...nestedIssues(resource, place, check)]
  }

  return (resource) => {
    const scanned = scan(resource)
    if (scanned.fault) return [{ severity: 'error', code: 'too-long', diagnostics: TOO_LARGE[scanned.fault] }]
    const issues = check(resource, { expression: '', scanned })
    return issues.length === 0 ? issues : withoutRepeats(issues).slice(0, MOST_ISSUES)
  }
}

function unknownType(expression: string, resourceType: unknown): Issue {
  const diagnostics = resourceType === undefined ? 'resourceType is missing' : 'resourceType is none of the R4 types that are known here'
  return errorIssue('structure', expression, diagnostics)
}

/** What can be asked only of a resource whose structure is right. */
function meaningIssues(resource: Resource, { expression, scanned }: Place): Issue[] {
  const broken = brokenInvariants(resource, expression)
  const local = scanned.hasLocal || resource.contained !== undefined ? localReferenceIssues(resource, expression) : []
  const nulls = scanned.hasNull ? nullIssues(resource, expression) : []
  return broken.length + local.length + nulls.length === 0 ? broken : [...broken, ...local, ...nulls]
}

type Check = (resource: unknown, place: Place) => Issue[]

/** Stops at the limit, so that a Bundle of faults costs no more than its first fifty. */
function nestedIssues(resource: Resource, { expression, scanned }: Place, check: Check): Issue[] {
  const issues: Issue[] = []
  for (const [path, nested] of nestedResources(resource)) {
    if (issues.length >= MOST_ISSUES) break
    for (const issue of check(nested, { expression: `${expression}.${path}`, scanned })) issues.push(issue)
  }
  return issues
}

/** Where R4 lets a resource stand inside a resource. The structure around it need not be right. */
export function* nestedResources(resource: Resource, parameters = 'parameter'): Generator<readonly [path: string, nested: unknown]> {
  for (const [index, contained] of listOf(resource.contained)) yield [`contained[${index}]`, contained]
  if (resource.resourceType === 'Bundle') {
    for (const [index, entry] of listOf(resource.entry)) {
      if (!isObject(entry)) continue
      if (entry.resource !== undefined) yield [`entry[${index}].resource`, entry.resource]
      const answer = entry.response
      if (isObject(answer) && answer.outcome !== undefined) yield [`entry[${index}].response.outcome`, answer.outcome]
    }
  }
  if (resource.resourceType !== 'Parameters' && parameters !== 'part') return
  for (const [index, parameter] of listOf(resource[parameters])) {
    if (!isObject(parameter)) continue
    const path = `${parameters}[${index}]`
    if (parameter.resource !== undefined) yield [`${path}.resource`, parameter.resource]
    for (const [inner, nested] of nestedResources(parameter, 'part')) yield [`${path}.${inner}`, nested]
  }
}

const listOf = (value: unknown): Iterable<readonly [number, unknown]> => (Array.isArray(value) ? value.entries() : [])

/** A number out of range may also be no integer: one fault at one place is said once. */
function withoutRepeats(issues: readonly Issue[]): Issue[] {
  const said = new Set<string>()
  return issues.filter(({ code, expression, diagnostics }) => {
    const key = code === 'value' ? `${code} ${expression}` : `${code} ${expression} ${diagnostics}`
    return !said.has(key) && said.add(key)
  })
}
