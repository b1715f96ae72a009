import type { ErrorObject } from 'ajv'
import type { Issue, IssueCode } from '../errors.ts'
import type { Fault } from './r4-keywords.ts'

/** Element names of FHIR look like this; a key that does not may be anything, so it is not repeated. */
const ELEMENT_NAME = /^_?[a-z][A-Za-z0-9]{0,39}$/

export const errorIssue = (code: IssueCode, expression: string, diagnostics: string): Issue => ({
  severity: 'error',
  code,
  expression,
  diagnostics,
})

/**
 * One readable issue for each error of an R4 validator. It says which element and what was expected, never what was given.
 * `base` is the FHIRPath of the validated resource, e.g. `Bundle.entry[2].resource`.
 */
export function issueOfError(error: ErrorObject, base: string): Issue {
  const at = expressionOf(base, error.instancePath)
  switch (error.keyword) {
    case 'required':
      return missing(at, error.params.missingProperty as string)
    case 'minItems':
      return errorIssue('structure', at, 'An array is either absent or has something in it')
    case 'maxItems':
      return errorIssue('structure', at, `There may be at most ${error.params.limit}`)
    case 'additionalProperties':
    case 'targets':
    case 'codings':
      return issueOfFault(error.params as Fault, at)
    default:
      return errorIssue('value', at, `Expected: ${expectedBy(error)}`)
  }
}

const missing = (parent: string, name: string): Issue => errorIssue('required', `${parent}.${name}`, 'This element is required')

function issueOfFault(fault: Fault, at: string): Issue {
  switch (fault.fault) {
    case 'missing':
      return missing(at, fault.name)
    case 'empty':
      return errorIssue('structure', at, 'An element is either absent or has something in it')
    case 'unknown':
      return unknownProperty(fault.name, at)
    case 'twice':
      return errorIssue('structure', `${at}.${fault.name}`, `Only one of the types of ${fault.name}[x] may be given`)
    case 'invariant':
      return errorIssue('invariant', at, `${fault.name}: ${fault.human}`)
    case 'target':
      return errorIssue('value', `${at}.reference`, `Expected: a reference to ${fault.expected}`)
    case 'coding':
      return errorIssue('value', at, 'Expected: a coding of the required value set')
  }
}

function unknownProperty(name: string, at: string): Issue {
  const isName = ELEMENT_NAME.test(name)
  return errorIssue(
    'structure',
    isName ? `${at}.${name.replace(/^_/, '')}` : at,
    isName ? 'R4 has no such element here' : 'There is a property whose name is no element of R4',
  )
}

/** `#/$defs/dateTime/pattern` says that a dateTime was due; outside of `$defs` the JSON type is all there is to say. */
function expectedBy({ schemaPath, params }: ErrorObject): string {
  const name = /^#\/\$defs\/([^/]+)\//.exec(schemaPath)?.[1]?.replace('-or-null', '')
  if (name?.startsWith('code:')) return `a code of the value set ${name.slice('code:'.length)}`
  return name ?? `${params.type === 'array' ? 'an array' : 'an object'}`
}

/** `/item/3/answer/0/_valueDate/extension/0` → `item[3].answer[0].valueDate.extension[0]`: FHIRPath knows no companions. */
function expressionOf(base: string, instancePath: string): string {
  const steps = instancePath.split('/').slice(1)
  return base + steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step.replace(/^_/, '')}`)).join('')
}
