import { isUtf8 } from 'node:buffer'
import express, { type RequestHandler } from 'express'
import { AssessmentError } from '../errors.ts'
import { HttpRefusal } from './http-refusal.ts'

const LARGEST = '16mb'
const JSON_TYPES = ['application/fhir+json', 'application/json']

/** The body of a call as bytes, for who reads it on another thread. Throws `not-supported` (415) for another content type, `too-long` over 16 MB, `structure` when it is empty. */
export const bodyBytes: RequestHandler[] = [
  (req, _res, next) => {
    if (req.is(JSON_TYPES) === false) throw unsupportedMediaType('The body must be application/fhir+json')
    next()
  },
  express.raw({ type: () => true, limit: LARGEST }),
  (req, _res, next) => {
    if (!Buffer.isBuffer(req.body) || req.body.length === 0) throw new AssessmentError('structure', 'The body is empty')
    next()
  },
]

/** The JSON body of a call, whatever it holds: what is in it is for the operation to judge. Throws as `bodyBytes` and `jsonOf` do. */
export const fhirBody: RequestHandler[] = [
  ...bodyBytes,
  (req, _res, next) => {
    req.body = jsonOf(req.body as Buffer)
    next()
  },
]

export const unsupportedMediaType = (message: string): HttpRefusal => new HttpRefusal(415, 'not-supported', message)

/** Throws `structure` for what is no JSON. The parser's own messages quote the body and go no further. */
export function jsonOf(bytes: Uint8Array): unknown {
  if (!isUtf8(bytes)) throw new AssessmentError('structure', 'The body is not UTF-8')
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown
  } catch {
    throw new AssessmentError('structure', 'The body is not JSON')
  }
}
