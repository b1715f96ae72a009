import type { RequestHandler } from 'express'

const HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Location, Last-Modified, WWW-Authenticate',
}
const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, PUT, DELETE',
  'Access-Control-Allow-Headers': 'Accept, Authorization, Content-Type, If-Match, If-None-Exist, If-None-Match, Prefer, X-Requested-With',
  'Access-Control-Max-Age': '600',
}

/** Lets a page of any origin call with its bearer token. No cookies or other credentials of the browser: there is nothing to ride on. */
export const allowAllOrigins: RequestHandler = (req, res, next) => {
  res.set(HEADERS)
  if (req.method !== 'OPTIONS') return next()
  res.set(PREFLIGHT).status(204).end()
}
