import { createHash } from 'node:crypto'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Database } from '../../../src/sandbox/fhir/database.ts'
import { type Authorization, createAuthorization } from '../../../src/sandbox/smart/authorization.ts'
import { type Client, createClients } from '../../../src/sandbox/smart/clients.ts'
import { createServerKeys, createServiceKey, type ServerKeys, type SigningKey } from '../../../src/sandbox/smart/keys.ts'

export const NOW = new Date('2026-01-02T03:04:05Z')
export const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-0123456789'
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url')
export const APP_SCOPES = 'launch openid fhirUser online_access patient/Patient.r patient/Observation.crus'

type Values = Readonly<Record<string, string | undefined>>

export interface RealmServer {
  readonly base: string
  readonly fhir: string
  readonly auth: string
  readonly app: string
  readonly clients: Client[]
  readonly authorization: Authorization
  readonly serverKeys: ServerKeys
  readonly serviceKey: SigningKey
  /** Moves the clock. */
  after(seconds: number): void
  get(path: string, values?: Values): Promise<Response>
  post(path: string, values: Values, headers?: Record<string, string>): Promise<Response>
  close(): void
}

const PATIENTS = [
  { id: 'hana', name: 'Sato Hana', birthDate: '1994-05-06' },
  { id: 'yui', name: '<b>Mori</b> Yui' },
]

/** The authorization server alone, on a port of its own, with a clock that stands still. */
export async function startRealm(file?: string): Promise<RealmServer> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [serverKeys, serviceKey] = await Promise.all([createServerKeys(), createServiceKey()])
  const clients = createClients([`${base}/smart-launch.html`], { publicKeys: () => serviceKey.publicKeys })
  let time = NOW.getTime()
  const authorization = createAuthorization({
    fhirBaseUrl: `${base}/ehr/fhir`,
    authBaseUrl: `${base}/ehr/auth`,
    clients,
    patients: () => PATIENTS,
    keys: serverKeys,
    now: () => new Date(time),
    ...(file !== undefined && { database: new Database(file) }),
  })
  mount(server, authorization)
  return {
    base,
    fhir: `${base}/ehr/fhir`,
    auth: `${base}/ehr/auth`,
    app: `${base}/smart-launch.html`,
    clients,
    authorization,
    serverKeys,
    serviceKey,
    after: (seconds) => {
      time += seconds * 1000
    },
    get: (path, values = {}) => fetch(`${base}${path}?${form(values)}`, { redirect: 'manual' }),
    post: (path, values, headers = {}) => fetch(`${base}${path}`, { method: 'POST', body: form(values), headers, redirect: 'manual' }),
    close: () => server.close(),
  }
}

function mount(server: Server, { router, launchRouter, wellKnownRouter }: Authorization): void {
  const app = express()
  app.use('/ehr/auth', router)
  app.use('/ehr', launchRouter)
  app.use('/ehr/fhir', wellKnownRouter)
  server.on('request', app)
}

function form(values: Values): URLSearchParams {
  return new URLSearchParams(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The parameters that a redirect carries to the app. */
export function answered(answer: Response): Record<string, string> {
  const location = answer.headers.get('location')
  return location === null ? { status: String(answer.status) } : Object.fromEntries(new URL(location).searchParams)
}

/** A good authorization request of our app; change or drop what the test is about. */
export const authorizationRequest = (realm: RealmServer, changes: Values = {}): Values => ({
  response_type: 'code',
  client_id: 'kizuna-app',
  redirect_uri: realm.app,
  state: 'a-state',
  scope: APP_SCOPES,
  aud: realm.fhir,
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
  ...changes,
})

export async function launchToken(realm: RealmServer, changes: Values = {}): Promise<string> {
  const answer = await realm.get('/ehr/launch', { patient: 'hana', launch_url: realm.app, ...changes })
  return answered(answer).launch!
}

/** EHR launch up to the code. */
export async function launchCode(
  realm: RealmServer,
  { launch = {}, request = {} }: { launch?: Values; request?: Values } = {},
): Promise<string> {
  const token = await launchToken(realm, launch)
  return answered(await realm.get('/ehr/auth/authorize', authorizationRequest(realm, { launch: token, ...request }))).code!
}

export const codeRequest = (realm: RealmServer, code: string, changes: Values = {}): Values => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: realm.app,
  client_id: 'kizuna-app',
  code_verifier: VERIFIER,
  ...changes,
})

export interface Tokens {
  readonly access_token: string
  readonly refresh_token?: string
  readonly id_token?: string
  readonly scope: string
  readonly [name: string]: unknown
}

/** EHR launch up to the tokens. */
export async function launchTokens(realm: RealmServer, changes: { launch?: Values; request?: Values } = {}): Promise<Tokens> {
  const answer = await realm.post('/ehr/auth/token', codeRequest(realm, await launchCode(realm, changes)))
  return (await answer.json()) as Tokens
}
