import type { TokenVerifier } from '../../ehr/verify-token.ts'
import type { Database } from '../fhir/database.ts'
import type { Client } from './clients.ts'
import { createExpiringMap, type ExpiringMap } from './expiring-map.ts'
import { createKeptMap } from './kept-map.ts'
import type { ServerKeys } from './keys.ts'

/** What the patient picker shows of a woman. */
export interface PatientEntry {
  readonly id: string
  readonly name: string
  readonly birthDate?: string
}

/** The patients that can be opened, in the order in which the picker lists them. */
export type PatientDirectory = () => readonly PatientEntry[] | Promise<readonly PatientEntry[]>

/** What an app is told about where it was opened; it goes into the token response beside the token. */
export interface LaunchContext {
  readonly patient?: string
  readonly encounter?: string
  readonly intent?: string
  readonly needPatientBanner: boolean
  readonly fhirContext?: readonly object[]
  /** What a CDS card says to the app that it opens, as it stands. */
  readonly appContext?: string
  /** Who has opened it, e.g. `Practitioner/midwife`. */
  readonly user: string
  /** Opened from a chart (EHR launch), not by itself. */
  readonly fromChart: boolean
  /** Where the EHR's colours are to be had; absent: our own; `none`: not said. */
  readonly style?: string
  readonly difficulty?: Difficulty
}

/** How a launch is made to go otherwise than an app hopes, so that one can see what it does. */
export interface Difficulty {
  /** The most that is granted, as a `scope` text; who and which patient is always granted. */
  readonly scopes?: string
  /** Seconds that an access token lives. */
  readonly lifetime?: number
  readonly outcome?: Outcome
}

export const OUTCOMES = ['denied', 'server-error', 'expired-code', 'no-patient', 'no-token'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** One authorization given: every token made from it dies with it. */
export interface Grant {
  readonly id: string
  readonly client: Client
  readonly scope: string
  readonly context: LaunchContext
  readonly nonce?: string
}

/** An authorization request that has passed every check. */
export interface AuthorizationRequest {
  readonly client: Client
  readonly redirectUri: string
  readonly state: string
  readonly challenge: string
  readonly scope: string
  readonly nonce?: string
}

export interface RefreshToken {
  readonly grant: Grant
  readonly spent: boolean
}

export interface IssuedCode {
  readonly grant: Grant
  readonly redirectUri: string
  readonly challenge: string
}

export interface RealmOptions {
  /** Without a slash at the end, as the FHIR server names itself. */
  readonly fhirBaseUrl: string
  /** Where the router is mounted; also the issuer. */
  readonly authBaseUrl: string
  readonly clients: readonly Client[]
  readonly patients: PatientDirectory
  readonly keys: ServerKeys
  readonly now?: () => Date
  /** Seconds that an access token lives; tokens of Backend Services never more than 300. */
  readonly tokenLifetime?: number
  /** Keeps what must outlive the process; absent: nothing does. */
  readonly database?: Database
}

/** What the endpoints share: who is registered, where everything is, and what has been given out, each part bounded; in memory, but for refresh tokens and what was taken back. */
export interface Realm extends Required<Omit<RealmOptions, 'database'>> {
  readonly launches: ExpiringMap<LaunchContext>
  readonly choices: ExpiringMap<AuthorizationRequest>
  readonly codes: ExpiringMap<IssuedCode>
  /** Codes that have been presented, each with the id of its grant. */
  readonly spentCodes: ExpiringMap<string>
  readonly refreshTokens: ExpiringMap<RefreshToken>
  /** Ids of grants taken back. */
  readonly revoked: ExpiringMap<true>
  /** Assertions seen, against replay. */
  readonly assertions: ExpiringMap<true>
  /** Checks an access token of this realm, revoked ones refused. */
  readonly verify: TokenVerifier
}

const MINUTE = 60
const HOUR = 60 * MINUTE
export const REFRESH_LIFETIME = 24 * HOUR

/** The shared state: empty, but for what a database has kept. */
export function createStores(now: () => Date, tokenLifetime: number, { database, clients }: Pick<RealmOptions, 'database' | 'clients'>) {
  const map = <Value>(seconds: number, limit?: number) => createExpiringMap<Value>({ seconds, now, ...(limit && { limit }) })
  return {
    launches: map<LaunchContext>(5 * MINUTE),
    choices: map<AuthorizationRequest>(10 * MINUTE),
    codes: map<IssuedCode>(MINUTE),
    spentCodes: map<string>(REFRESH_LIFETIME),
    refreshTokens: map<RefreshToken>(REFRESH_LIFETIME),
    revoked: map<true>(REFRESH_LIFETIME + tokenLifetime, 100_000),
    assertions: map<true>(10 * MINUTE, 100_000),
    ...(database && keptStores({ database, clients, now, tokenLifetime })),
  }
}

type Keeping = Required<Pick<RealmOptions, 'database' | 'clients' | 'now' | 'tokenLifetime'>>

/** A grant taken back stays so after a restart, as its refresh tokens stay good: one without the other would bring it back to life. */
function keptStores({ database, clients, now, tokenLifetime }: Keeping) {
  const clientOf = (id: string) => clients.find((client) => client.id === id)
  return {
    refreshTokens: createKeptMap<RefreshToken>({
      ...{ database, now, name: 'refresh', seconds: REFRESH_LIFETIME },
      write: ({ grant, spent }) => ({ grant: { ...grant, client: grant.client.id }, spent }),
      read: ({ grant, spent }: { grant: Omit<Grant, 'client'> & { client: string }; spent: boolean }) => {
        const client = clientOf(grant.client)
        return client && { grant: { ...grant, client }, spent }
      },
    }),
    revoked: createKeptMap<true>({
      ...{ database, now, name: 'revoked', seconds: REFRESH_LIFETIME + tokenLifetime },
      write: (value) => value,
      read: () => true as const,
    }),
  }
}

/** Takes a grant back, with every token made from it. Doing it twice is safe. */
export function revoke({ revoked }: Pick<Realm, 'revoked'>, grantId: string): void {
  revoked.add(true, grantId)
}
