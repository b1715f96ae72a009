import { context, isSpanContextValid, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { RequestHandler } from 'express'
import { requestIdOf } from './request-id.ts'

/**
 * A span for each call, child of the caller's (`traceparent`). Named by the route, as addresses may hold ids. Where no SDK is registered it does nothing: bring one by
 * `NODE_OPTIONS=--import=…`.
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export const traceRequest: RequestHandler = (req, res, next) => {
  const parent = propagation.extract(context.active(), req.headers)
  const span = trace.getTracer('kizuna').startSpan(req.method, { kind: SpanKind.SERVER }, parent)
  if (!isSpanContextValid(span.spanContext())) return next()
  res.on('finish', () => {
    const route = String((req.route as { path?: unknown } | undefined)?.path ?? 'none')
    span.updateName(`${req.method} ${route}`)
    span.setAttributes({
      'http.request.method': req.method,
      'http.route': route,
      'http.response.status_code': res.statusCode,
      'kizuna.request_id': requestIdOf(res),
    })
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  })
  context.with(trace.setSpan(parent, span), () => next())
}
