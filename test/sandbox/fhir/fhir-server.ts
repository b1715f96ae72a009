import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { OperationOutcome, Resource } from 'fhir/r4.js'
import { parseScopes } from '../../../src/ehr/scopes.ts'
import { AssessmentError, type Issue } from '../../../src/errors.ts'
import type { Grant } from '../../../src/sandbox/fhir/grant.ts'
import { createNotifier, type Notifier, type NotifierOptions } from '../../../src/sandbox/fhir/notifier.ts'
import { createFhirRouter, type FhirRouterOptions } from '../../../src/sandbox/fhir/router.ts'
import { createStore, type Store } from '../../../src/sandbox/fhir/store.ts'

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** The JSON body; an empty object when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests reach into whatever FHIR JSON came back
  readonly body: any
}

export interface FhirServer {
  readonly base: string
  readonly store: Store
  /** Carries out its Subscriptions. */
  readonly notifier: Notifier
  /** Calls with the token `all` (everything as a system) unless told otherwise. `body` is sent as FHIR JSON unless it is a string. */
  call(method: string, path: string, options?: { body?: unknown; headers?: Record<string, string>; token?: string }): Promise<Answer>
  close(): Promise<void>
}

export const token = (scopes: string, more: Partial<Grant> = {}): Grant => ({ clientId: 'test', scopes: parseScopes(scopes), ...more })

/** A FHIR server on a port of its own. `grants` are the tokens it knows, beside `all`. */
export async function startFhirServer(
  options: Partial<FhirRouterOptions> & {
    readonly grants?: Readonly<Record<string, Grant>>
    readonly notify?: Partial<NotifierOptions>
  } = {},
): Promise<FhirServer> {
  const { grants = {}, store = createStore(), notify, ...rest } = options
  const known: Readonly<Record<string, Grant>> = { all: token('system/*.cruds'), ...grants }
  const grantOf: FhirRouterOptions['grantOf'] = (req) => {
    const grant = known[(req.get('authorization') ?? '').replace('Bearer ', '')]
    if (!grant) throw new AssessmentError('login', 'A valid token is needed')
    return grant
  }
  let notifier: Notifier | undefined
  const operation: FhirRouterOptions['operation'] = (path) => notifier?.operation(path)
  const app = express().use('/ehr/fhir', createFhirRouter({ check: checkStatus, grantOf, operation, ...rest, store }))
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ehr/fhir`
  const now = rest.now ?? Date.now
  notifier = createNotifier({ store, base, now, delay: 0, ...notify })
  return {
    base,
    store,
    notifier,
    call: (method, path, { body, headers = {}, token: bearer = 'all' } = {}) =>
      send(`${base}${path}`, { method, headers: { authorization: `Bearer ${bearer}`, ...headers } }, body),
    close: () =>
      new Promise((resolve) => {
        notifier.close()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function send(url: string, init: RequestInit & { headers: Record<string, string> }, body: unknown): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { ...(text !== undefined && { 'content-type': 'application/fhir+json' }), ...init.headers }
  const answer = await fetch(url, { ...init, headers, ...(text !== undefined && { body: text }) })
  const received = await answer.text()
  return { status: answer.status, headers: answer.headers, body: received === '' ? {} : JSON.parse(received) }
}

/** A check of tests: an Observation needs a status it knows. */
export function checkStatus(resource: unknown): Issue[] {
  const { resourceType, status } = resource as { resourceType: string; status?: unknown }
  if (resourceType !== 'Observation' || status === 'final' || status === 'amended' || status === 'preliminary') return []
  return [{ severity: 'error', code: 'code-invalid', expression: 'Observation.status', diagnostics: 'The status is not known' }]
}

export const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more })

/** An Observation about `Patient/<subject>`, found by its identifier. */
export const observation = (subject: string, value: string, more: object = {}) => ({
  resourceType: 'Observation',
  identifier: [{ system: 'https://example.org/sid', value }],
  status: 'final',
  code: { coding: [{ system: 'https://example.org/score', code: 'epds-total' }] },
  subject: { reference: `Patient/${subject}` },
  ...more,
})

export const entry = (method: string, url: string, resource?: object, more: { fullUrl?: string } & Record<string, unknown> = {}) => {
  const { fullUrl, ...request } = more
  return { ...(fullUrl !== undefined && { fullUrl }), ...(resource && { resource }), request: { method, url, ...request } }
}

export const transaction = (...entries: object[]) => ({ resourceType: 'Bundle', type: 'transaction', entry: entries })
export const batch = (...entries: object[]) => ({ resourceType: 'Bundle', type: 'batch', entry: entries })

/** `code expression` of each issue. */
export const issuesOf = (outcome: OperationOutcome): string[] =>
  outcome.issue.map(({ code, expression }) => [code, ...(expression ?? [])].join(' '))

/** Ids of the resources of a Bundle, in order; included ones marked with a plus. */
export const idsOf = (bundle: { entry?: { resource?: Resource; search?: { mode?: string } }[] }): string[] =>
  (bundle.entry ?? []).map(({ resource, search }) => `${search?.mode === 'include' ? '+' : ''}${resource?.id ?? ''}`)
