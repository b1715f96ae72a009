import type { Request, RequestHandler, Response } from 'express'
import type { Parameters, Questionnaire } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import { bundleOf } from '../emit.ts'
import { AssessmentError, HTTP_STATUS } from '../errors.ts'
import { operationOutcome } from '../fhir/operation-outcome.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { isForm } from '../score/forms.ts'
import { sendResource } from './error-handler.ts'

/** A response as a server holds it, with the definition of its form where it cannot be told without. */
export interface StoredResponse {
  readonly response: unknown
  readonly forms?: readonly Questionnaire[] | undefined
}

/** Reads a stored response with the caller's own token; throws what the server answers. */
export type ReadResponse = (id: string, authorization: string) => Promise<StoredResponse>

export interface ExtractOptions {
  readonly knowledge: Knowledge
  readonly now: () => Date
  readonly readResponse?: ReadResponse | undefined
}

/**
 * `POST /QuestionnaireResponse/$extract` and `…/[id]/$extract`: the transaction that `$score` would give, unwritten. A response that is refused, or has no
 * identity to be written under, is answered with its reasons and the status of the first error.
 * @see http://hl7.org/fhir/uv/sdc/OperationDefinition/QuestionnaireResponse-extract
 */
export function extractOperation(options: ExtractOptions): RequestHandler {
  return (req, res) => answerExtract(withForms(options, req.body), responseOf(req.body), res)
}

export function extractStoredOperation(options: ExtractOptions): RequestHandler {
  return async (req: Request, res) => {
    if (options.readResponse === undefined)
      throw new AssessmentError('not-supported', 'No FHIR server is set to read responses from: post the response itself')
    const { response, forms = [] } = await options.readResponse(String(req.params.id), req.headers.authorization ?? '')
    answerExtract({ ...options, knowledge: { ...options.knowledge, forms } }, response, res)
  }
}

function answerExtract({ knowledge, now }: ExtractOptions, response: unknown, res: Response): void {
  const result = assess(knowledge, response)
  const built = bundleOf(knowledge, result, { recorded: now().toISOString() })
  if (built.resourceType === 'OperationOutcome') {
    const reason = result.issues.find(({ severity }) => severity === 'error')?.code ?? 'required'
    return sendResource(res, HTTP_STATUS[reason], built)
  }
  const parameters: Parameters = {
    resourceType: 'Parameters',
    parameter: [
      { name: 'return', resource: built },
      { name: 'issues', resource: operationOutcome(result.issues) },
    ],
  }
  sendResource(res, 200, parameters)
}

/** Definitions of outside forms that came along as `questionnaire`. */
function withForms({ knowledge, ...options }: ExtractOptions, body: unknown): ExtractOptions {
  const { parameter } = (typeof body === 'object' && body !== null ? body : {}) as { parameter?: unknown }
  const parameters: unknown[] = Array.isArray(parameter) ? parameter : []
  const named = parameters.filter((one) => (one as { name?: unknown } | null)?.name === 'questionnaire')
  const forms = named.map((one) => (one as { resource?: unknown }).resource).filter(isForm)
  return { ...options, knowledge: { ...knowledge, forms } }
}

/** The response by itself, or as the operation's own parameter. */
function responseOf(body: unknown): unknown {
  const { resourceType, parameter } = (typeof body === 'object' && body !== null ? body : {}) as {
    resourceType?: unknown
    parameter?: unknown
  }
  if (resourceType === 'QuestionnaireResponse') return body
  const parameters: unknown[] = resourceType === 'Parameters' && Array.isArray(parameter) ? parameter : []
  const named = parameters.find((one) => (one as { name?: unknown } | null)?.name === 'questionnaire-response')
  if (named !== undefined) return (named as { resource?: unknown }).resource
  throw new AssessmentError('structure', 'The body must be a QuestionnaireResponse, or Parameters with questionnaire-response')
}
