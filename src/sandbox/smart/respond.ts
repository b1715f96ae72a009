import type { ErrorRequestHandler, RequestHandler } from 'express'
import { OAuthError, PageError } from './oauth-error.ts'
import { escapeHtml, sendPage } from './page.ts'

/** Lets pages of any origin read the answer. No cookie is set anywhere here, so none is allowed to travel. */
export const openToAnyOrigin: RequestHandler = (req, res, next) => {
  res.set({
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, Accept',
    'Access-Control-Max-Age': '600',
  })
  if (req.method === 'OPTIONS') res.status(204).end()
  else next()
}

/** Codes and tokens stay out of every cache and out of every Referer. */
export const keepPrivate: RequestHandler = (_req, res, next) => {
  res.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache', 'Referrer-Policy': 'no-referrer', 'X-Content-Type-Options': 'nosniff' })
  next()
}

/** Answers what the endpoints throw: a page for a person, JSON for a client. What is no fault of theirs goes on to the next handler. */
export const answerErrors: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (error instanceof PageError) {
    const body = `<p>${escapeHtml(error.message)}</p><p>Nothing has been opened and nothing has been changed.</p>`
    return sendPage(res, { status: 400, title: 'This app cannot be opened', body })
  }
  const known = isUnreadable(error) ? new OAuthError('invalid_request', 'The body cannot be read as a form') : error
  if (!(known instanceof OAuthError)) return next(error)
  if (known.code === 'invalid_client') res.set('WWW-Authenticate', req.headers.authorization?.startsWith('Basic') ? 'Basic' : 'Bearer')
  res.status(known.code === 'invalid_client' ? 401 : 400).json({ error: known.code, error_description: known.message })
}

/** What the body parser throws: too large, too many parameters, an unknown charset. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && Number(error.status) < 500 && 'type' in error
