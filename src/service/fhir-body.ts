import { isUtf8 } from 'node:buffer'
import express, { type RequestHandler } from 'express'
import { AssessmentError } from '../errors.ts'
import { HttpRefusal } from './http-refusal.ts'

const LARGEST = '16mb'
const JSON_TYPES = ['application/fhir+json', 'application/json']

/**
 * The JSON body of a call, whatever it holds: what is in it is for the operation to judge. Throws `not-supported` (415) for another
 * content type, `too-long` over 16 MB, `structure` for what is no JSON. The parser's own messages quote the body and go no further.
 */
export const fhirBody: RequestHandler[] = [
  (req, _res, next) => {
    if (req.is(JSON_TYPES) === false) throw unsupportedMediaType('The body must be application/fhir+json')
    next()
  },
  express.raw({ type: () => true, limit: LARGEST }),
  (req, _res, next) => {
    req.body = jsonOf(req.body as unknown)
    next()
  },
]

export const unsupportedMediaType = (message: string): HttpRefusal => new HttpRefusal(415, 'not-supported', message)

function jsonOf(bytes: unknown): unknown {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw new AssessmentError('structure', 'The body is empty')
  if (!isUtf8(bytes)) throw new AssessmentError('structure', 'The body is not UTF-8')
  try {
    return JSON.parse(bytes.toString()) as unknown
  } catch {
    throw new AssessmentError('structure', 'The body is not JSON')
  }
}
