import type { ErrorRequestHandler, Response } from 'express'
import type { FhirResource } from 'fhir/r4.js'
import { AssessmentError, HTTP_STATUS } from '../errors.ts'
import { operationOutcomeOf } from '../fhir/operation-outcome.ts'
import { type Json, json } from '../json.ts'
import { faultOf, type Log } from '../log.ts'
import { unsupportedMediaType } from './fhir-body.ts'
import { HttpRefusal } from './http-refusal.ts'
import { requestIdOf } from './request-id.ts'

/** Answers with a resource as FHIR's JSON. Nobody may store it, so it gets no ETag, which Express would reckon over every byte. */
export const sendResource = (res: Response, status: number, resource: FhirResource): void => sendText(res, status, json(resource))

/** The same with a resource that is text already. */
export function sendText(res: Response, status: number, text: Json<FhirResource>): void {
  // Of Node, not of Express, which looks up what it is told.
  res.statusCode = status
  res.setHeader('Content-Type', 'application/fhir+json; charset=utf-8')
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Content-Length', text.length)
  // ASCII, so it goes out with its headers in one piece.
  res.end(text, 'latin1')
}

/**
 * The only one that answers a failure: an OperationOutcome with the status of its code; what we did not raise ourselves is a 500 without
 * an explanation, and goes to the log by its kind and place.
 */
export function answerFailure(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const known = knownOf(error)
    const requestId = requestIdOf(res)
    if (known) log('info', { event: 'refused', requestId, code: known.code })
    else log('error', { event: 'fault', requestId, ...faultOf(error) })
    if (known?.code === 'login' || known?.code === 'expired') res.set('WWW-Authenticate', challengeOf(req.headers.authorization))
    if (known?.code === 'forbidden') res.set('WWW-Authenticate', 'Bearer realm="fhir", error="insufficient_scope"')
    sendResource(res, statusOf(known), operationOutcomeOf(known ?? error))
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3 no error code where no token was given */
const challengeOf = (authorization: string | undefined): string =>
  `Bearer realm="fhir"${authorization === undefined ? '' : ', error="invalid_token"'}`

function statusOf(known: AssessmentError | undefined): number {
  if (known instanceof HttpRefusal) return known.status
  return known === undefined ? 500 : HTTP_STATUS[known.code]
}

/** Our own failures, and what Express and its body parser say of a body that they could not take or an address they could not read. */
function knownOf(error: unknown): AssessmentError | undefined {
  if (error instanceof AssessmentError) return error
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown }
  if (type === 'entity.too.large') return new AssessmentError('too-long', 'The body is over 16 MB')
  if (type === 'encoding.unsupported' || type === 'charset.unsupported')
    return unsupportedMediaType('The encoding of the body is not supported')
  return typeof status === 'number' && status >= 400 && status < 500
    ? new AssessmentError('structure', 'The request cannot be read')
    : undefined
}
