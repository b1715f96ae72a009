import type { FhirResource, Questionnaire, Reference } from 'fhir/r4.js'
import { AssessmentError } from '../errors.ts'
import { isObject, type JsonObject, objectsIn } from '../json-object.ts'
import { isReference, referenceTarget } from '../score/reference.ts'

/** One thing that the caller knows: `patient`, `encounter`, `user`, `infant`, … */
export interface PopulateContext {
  readonly name: string
  readonly reference?: Reference
  readonly resource?: FhirResource
}

/** Which Questionnaire is meant, in the one way that was chosen of those that SDC allows. */
export type WantedForm =
  | { readonly canonical: string }
  | { readonly id: string }
  | { readonly form: Questionnaire }
  | { readonly identifier: { readonly system?: string; readonly value?: string } }

export interface PopulateOrder {
  /** Absent where the address says it. */
  readonly wanted?: WantedForm
  readonly subject: Reference
  readonly contexts: readonly PopulateContext[]
  /** The server may use what it holds itself; we hold nothing of anybody. */
  readonly local: boolean
}

const NAMES = ['identifier', 'canonical', 'questionnaire', 'questionnaireRef', 'subject', 'context', 'launchContext', 'local']
const FORMS = ['identifier', 'canonical', 'questionnaire', 'questionnaireRef']

/**
 * Reads the body of `$populate`. Throws `structure` for what is no Parameters or an unknown parameter, `required` without a subject or, unless the address names it,
 * without a Questionnaire, `duplicate` where one of them stands twice or a context has two contents.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate
 */
export function populateOrderOf(body: unknown, isNamed: boolean): PopulateOrder {
  const { resourceType, parameter } = isObject(body) ? body : {}
  if (resourceType !== 'Parameters') throw new AssessmentError('structure', 'The body must be Parameters')
  const parameters: readonly unknown[] = Array.isArray(parameter) ? parameter : []
  const known = parameters.map((one, index) => checked(one, index))
  const wanted = isNamed ? undefined : wantedOf(known)
  return {
    ...(wanted && { wanted }),
    subject: subjectOf(known),
    contexts: known.filter(({ name }) => name === 'context' || name === 'launchContext').map(contextOf),
    local: known.some(({ name, valueBoolean }) => name === 'local' && valueBoolean === true),
  }
}

function checked(one: unknown, index: number): JsonObject {
  if (isObject(one) && typeof one.name === 'string' && NAMES.includes(one.name)) return one
  throw new AssessmentError('structure', `A parameter is ${NAMES.join(', ')}`, { expression: `Parameters.parameter[${index}]` })
}

function wantedOf(parameters: readonly JsonObject[]): WantedForm {
  const [one, second] = parameters.filter(({ name }) => FORMS.includes(String(name)))
  if (one === undefined)
    throw new AssessmentError('required', 'Name the Questionnaire: canonical, questionnaire, questionnaireRef or identifier')
  if (second !== undefined) throw new AssessmentError('duplicate', 'The Questionnaire is named twice')
  const { valueUri, valueCanonical, valueString, valueReference, valueIdentifier, resource } = one
  const canonical = valueCanonical ?? valueUri ?? valueString
  if (one.name === 'canonical' && typeof canonical === 'string') return { canonical }
  if (one.name === 'questionnaireRef' && isReference(valueReference)) return byReference(valueReference.reference ?? '')
  if (one.name === 'identifier' && isObject(valueIdentifier)) return { identifier: valueIdentifier }
  if (one.name === 'questionnaire' && isObject(resource) && resource.resourceType === 'Questionnaire')
    return { form: resource as unknown as Questionnaire }
  throw new AssessmentError('value', `The parameter ${String(one.name)} has no value that it may have`)
}

function byReference(reference: string): WantedForm {
  const relative = /^Questionnaire\/([A-Za-z0-9\-.]{1,64})$/.exec(reference)?.[1]
  return relative === undefined ? { canonical: reference } : { id: relative }
}

function subjectOf(parameters: readonly JsonObject[]): Reference {
  const [one, second] = parameters.filter(({ name }) => name === 'subject')
  if (second !== undefined) throw new AssessmentError('duplicate', 'There are two subjects')
  const reference = one?.valueReference
  if (isReference(reference) && referenceTarget(reference) !== undefined) return reference
  throw new AssessmentError('required', 'The subject is missing: the mother, as a valueReference to her Patient')
}

function contextOf({ part }: JsonObject): PopulateContext {
  const parts: readonly JsonObject[] = objectsIn(part)
  const named = parts.find(({ name }) => name === 'name')
  const name = named?.valueString ?? named?.valueCode ?? (isObject(named?.valueCoding) ? named.valueCoding.code : undefined)
  if (typeof name !== 'string') throw new AssessmentError('required', 'A context has no name')
  const contents = parts.filter((one) => one.name === 'content')
  if (contents.length > 1) throw new AssessmentError('duplicate', `The context ${name} has two contents`)
  const { valueReference, resource } = contents[0] ?? {}
  return {
    name,
    ...(isReference(valueReference) && { reference: valueReference }),
    ...(isObject(resource) && typeof resource.resourceType === 'string' && { resource: resource as unknown as FhirResource }),
  }
}
