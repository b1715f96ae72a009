import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import type { OperationOutcome, Parameters } from 'fhir/r4.js'
import type { AccessToken } from '../../src/ehr/verify-token.ts'
import { AssessmentError } from '../../src/errors.ts'
import type { LogEvent } from '../../src/log.ts'
import { loadArtifacts } from '../../src/resources.ts'
import { createArtifacts } from '../../src/service/artifacts.ts'
import { createService, type ServiceOptions } from '../../src/service/service.ts'
import type { Summary } from '../../src/summary.ts'
import { knowledge } from '../fixtures/knowledge.ts'

export const NOW = new Date('2026-04-01T00:00:00Z')

export interface ServiceServer {
  readonly base: string
  readonly events: LogEvent[]
  /** `token`: the scope of the bearer token, optionally with `;user` its fhirUser; undefined for none. */
  call(
    path: string,
    options?: { method?: string; token?: string | undefined; body?: unknown; type?: string; prefer?: string },
  ): Promise<Answer>
  close(): void
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
}

/** A service on a port of its own. Its tokens are plain: `Bearer <scope>;<fhirUser>`. */
export async function startService(more: Partial<ServiceOptions> = {}): Promise<ServiceServer> {
  const http = createServer()
  await new Promise<void>((listening) => http.listen(0, '127.0.0.1', listening))
  const base = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const events: LogEvent[] = []
  const service = createService({
    knowledge,
    baseUrl: `${base}/fhir`,
    verify: async (authorization) => tokenFor(authorization),
    artifacts: createArtifacts(loadArtifacts()),
    smartConfiguration: { token_endpoint: 'https://issuer.example/token' },
    now: () => NOW,
    log: (_level, event) => events.push(event),
    ...more,
  })
  http.on('request', express().use(service))
  return { base, events, call: (path, options) => call(`${base}${path}`, options), close: () => stop(http) }
}

function stop(http: Server): void {
  http.closeAllConnections()
  http.close()
}

function tokenFor(authorization: string | undefined): AccessToken {
  const [, scope, fhirUser] = /^Bearer ([^;]*);?(.*)$/.exec(authorization ?? '') ?? []
  if (scope === undefined) throw new AssessmentError('login', 'A bearer access token is required')
  return { issuer: 'https://issuer.example', clientId: 'client', subject: 'someone', scope, ...(fhirUser && { fhirUser }) }
}

type CallOptions = { method?: string; token?: string | undefined; body?: unknown; type?: string; prefer?: string }

async function call(address: string, options: CallOptions = {}): Promise<Answer> {
  const { body, token, prefer, type = 'application/fhir+json', method = body === undefined ? 'GET' : 'POST' } = options
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': type }),
    ...(prefer !== undefined && { prefer }),
  }
  const sent = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
  const answer = await fetch(address, { method, headers, ...(body !== undefined && { body: sent as string }) })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, body: text.startsWith('{') ? (JSON.parse(text) as unknown) : undefined }
}

export const CLINICIAN = 'user/QuestionnaireResponse.rs;Practitioner/midwife'
export const SCORE = '/fhir/QuestionnaireResponse/$score'
export const EXTRACT = '/fhir/QuestionnaireResponse/$extract'

export const issueOf = ({ body }: Answer) => (body as OperationOutcome).issue[0]!

/** The summaries in an answer of `$score`. */
export const summariesOf = ({ body }: Answer): Summary[] =>
  ((body as Parameters).parameter ?? []).map(
    ({ part }) => JSON.parse(part!.find(({ name }) => name === 'summary')!.valueString!) as Summary,
  )

export const partOf = ({ body }: Answer, name: string, index = 0) =>
  (body as Parameters).parameter?.[index]?.part?.find((part) => part.name === name)?.resource
