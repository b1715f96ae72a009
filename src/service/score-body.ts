import type { FhirResource, Questionnaire } from 'fhir/r4.js'
import { AssessmentError, type Issue, isBroken } from '../errors.ts'
import { type DocumentEntry, documentEntries, formsIn } from '../fhir/document-entries.ts'
import { isObject, type JsonObject } from '../json-object.ts'

/** What a caller of `$score` asks for. The responses are as they came: scoring judges them. */
export interface ScoreOrder {
  readonly responses: readonly DocumentEntry[]
  /** Valid R4 only. */
  readonly history: readonly FhirResource[]
  /** Where history had to be passed over. */
  readonly warnings: readonly Issue[]
  readonly writeBack: boolean
  /** Definitions of forms that came along. */
  readonly forms: readonly Questionnaire[]
}

/**
 * Reads the body of `$score`: a QuestionnaireResponse, a Bundle, or Parameters (`response`, `questionnaire`, `history`, `writeBack`).
 * Throws `structure` for any other body or parameter, `required` when there is nothing to score. History that is no valid R4 is passed over, and said.
 */
export function scoreOrderOf(body: unknown, check: (resource: unknown) => Issue[]): ScoreOrder {
  const type = isObject(body) ? body.resourceType : undefined
  const order =
    type === 'Parameters'
      ? orderOfParameters(body as JsonObject, check)
      : { ...NOTHING_MORE, responses: responsesOf(body, type), forms: formsIn(body) }
  if (order.responses.length > 0) return order
  throw new AssessmentError('required', 'There is no QuestionnaireResponse in the body', { expression: String(type) })
}

const NOTHING_MORE = { history: [], warnings: [], writeBack: false }

function responsesOf(body: unknown, type: unknown): DocumentEntry[] {
  if (type === 'QuestionnaireResponse' || type === 'Bundle') return documentEntries(body)
  throw new AssessmentError('structure', 'The body must be a QuestionnaireResponse, a Bundle or Parameters')
}

const NAMES = ['response', 'questionnaire', 'history', 'writeBack']

function orderOfParameters({ parameter }: JsonObject, check: (resource: unknown) => Issue[]): ScoreOrder {
  const parameters = Array.isArray(parameter) ? (parameter as unknown[]) : []
  for (const [index, one] of parameters.entries()) {
    const expression = `Parameters.parameter[${index}]`
    if (!isObject(one) || !NAMES.some((name) => name === one.name))
      throw new AssessmentError('structure', `A parameter is ${NAMES.join(', ')}`, { expression })
  }
  const named = (name: string) => [...parameters.entries()].filter(([, one]) => (one as JsonObject).name === name) as [number, JsonObject][]
  const [writeBack] = named('writeBack')
  if (writeBack && typeof writeBack[1].valueBoolean !== 'boolean')
    throw new AssessmentError('value', 'writeBack takes a valueBoolean', { expression: `Parameters.parameter[${writeBack[0]}]` })
  return {
    responses: named('response')
      .flatMap(([, { resource }]) => documentEntries(resource))
      .map((one, index) => ({ ...one, line: index + 1 })),
    ...historyOf(named('history'), check),
    writeBack: writeBack?.[1].valueBoolean === true,
    forms: [...named('questionnaire'), ...named('response')].flatMap(([, { resource }]) => formsIn(resource)),
  }
}

/** Single resources, or Bundles of them. */
function historyOf(
  parameters: readonly [number, JsonObject][],
  check: (resource: unknown) => Issue[],
): Pick<ScoreOrder, 'history' | 'warnings'> {
  const history: FhirResource[] = []
  const warnings: Issue[] = []
  for (const [index, { resource }] of parameters) {
    for (const one of resourcesIn(resource)) {
      if (isBroken(check(one))) warnings.push(passedOver(index))
      else history.push(one as FhirResource)
    }
  }
  return { history, warnings }
}

function resourcesIn(resource: unknown): unknown[] {
  if (!isObject(resource) || resource.resourceType !== 'Bundle') return [resource]
  return Array.isArray(resource.entry) ? resource.entry.map((entry: unknown) => (isObject(entry) ? entry.resource : entry)) : []
}

const passedOver = (index: number): Issue => ({
  severity: 'warning',
  code: 'informational',
  expression: `Parameters.parameter[${index}].resource`,
  diagnostics: 'A resource of the history is no valid R4 and was passed over',
})
