import type { ErrorRequestHandler, Response } from 'express'
import type { FhirResource } from 'fhir/r4.js'
import { operationOutcome } from '../../fhir/operation-outcome.ts'
import type { Outcome } from './call.ts'
import type { Preference } from './preference.ts'
import { etagOf } from './read.ts'
import { refusalOf } from './refusal.ts'
import type { AnyResource } from './resource.ts'

/** Sends a resource. It is ended by hand, as Express would add an ETag of its own and answer 304 by it. */
export function sendResource(res: Response, status: number, resource: FhirResource | AnyResource): void {
  res.status(status).set({ 'Content-Type': 'application/fhir+json; charset=utf-8', 'Cache-Control': 'private, no-cache' })
  res.end(JSON.stringify(resource))
}

/** Sends what came of one interaction, with the headers of its version and a body as the client prefers it. */
export function sendOutcome(res: Response, base: string, { status, version, body, isWrite }: Outcome, { shown }: Preference): void {
  if (version) res.set({ ETag: etagOf(version), 'Last-Modified': new Date(version.at).toUTCString() })
  if (version && isWrite && status !== 204) res.set('Location', `${base}/${version.type}/${version.id}/_history/${version.version}`)
  const wished = isWrite && shown === 'OperationOutcome' ? operationOutcome([]) : isWrite && shown === 'minimal' ? undefined : body
  if (wished) sendResource(res, status === 204 ? 200 : status, wished)
  else res.status(status).end()
}

/** Answers any failure with its OperationOutcome, and says to a client without or with too small a token what is missing. */
export function sendRefusal(onFault: (error: unknown) => void = () => undefined): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const { status, issues, cause } = refusalOf(error)
    if (status === 500) onFault(cause ?? error)
    const isGiven = req.get('authorization') !== undefined
    if (status === 401) res.set('WWW-Authenticate', `Bearer realm="fhir"${isGiven ? ', error="invalid_token"' : ''}`)
    if (status === 403) res.set('WWW-Authenticate', 'Bearer realm="fhir", error="insufficient_scope"')
    sendResource(res, status, operationOutcome(issues))
  }
}
