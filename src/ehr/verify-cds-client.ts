import { decodeProtectedHeader, type JWTPayload, jwtVerify } from 'jose'
import { AssessmentError } from '../errors.ts'
import { ALGORITHMS, bearerTokenOf, issuerOf, keySetOf, refuse, type TrustedIssuer } from './verify-token.ts'

/** An EHR that may call our CDS services. Its `jwksUri` is configured: where a token says that its keys are proves nothing. */
export interface CdsClient extends TrustedIssuer {
  /** The one FHIR server that it may send us to. */
  readonly fhirBaseUrl: string
}

/** Says which EHR has called the service at this address. */
export type CdsVerifier = (authorization: string | undefined, audience: string) => Promise<CdsClient>

/** Remembers a key until the time given; false: it was known already. */
export type Once = (key: string, until: Date) => boolean | Promise<boolean>

interface VerifierOptions {
  readonly clients: readonly CdsClient[]
  readonly now?: () => Date
  /** Absent: in memory. Several processes behind one address share one. */
  readonly once?: Once
}

/** Seconds: a token that lives longer is no proof that somebody calls now. */
const LONGEST_LIFE = 3600
const TOLERANCE = 30

/**
 * A check of the JWT that comes with every CDS Hooks call: an EHR that we know, for exactly this address, in force, signed with a key of its own, and not seen
 * before. `none` and shared secrets are no signature. Throws `login` naming the check that failed, `expired`, or `transient` when the keys cannot be fetched.
 * @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients
 */
export function createCdsVerifier({ clients, now = () => new Date(), once = onceInMemory(now) }: VerifierOptions): CdsVerifier {
  const keySets = new Map(clients.map((client) => [client.issuer, keySetOf(client.jwksUri)]))
  return async (authorization, audience) => {
    const token = bearerTokenOf(authorization)
    const client = clients.find(({ issuer }) => issuer === issuerOf(token))
    if (client === undefined) throw new AssessmentError('login', 'The issuer of the token is no EHR that is known here')
    checkHeader(token, client)
    const checks = {
      issuer: client.issuer,
      audience,
      algorithms: ALGORITHMS,
      typ: 'JWT',
      clockTolerance: TOLERANCE,
      currentDate: now(),
      requiredClaims: ['exp', 'iat', 'jti'],
    }
    const { payload } = await jwtVerify(token, keySets.get(client.issuer)!, checks).catch(refuse)
    await checkFirstUse(client, payload, once)
    return client
  }
}

function checkHeader(token: string, { jwksUri }: CdsClient): void {
  const { kid, jku } = decodeProtectedHeader(token)
  if (kid === undefined) throw new AssessmentError('login', 'The token names no kid')
  if (jku !== undefined && jku !== jwksUri)
    throw new AssessmentError('login', "The token's jku is not the address of keys that is known here")
}

async function checkFirstUse({ issuer }: CdsClient, { exp = 0, iat = 0, jti }: JWTPayload, once: Once): Promise<void> {
  if (exp - iat > LONGEST_LIFE) throw new AssessmentError('login', 'The token lives longer than an hour')
  const isNew = await once(JSON.stringify([issuer, jti]), new Date((exp + TOLERANCE) * 1000))
  if (!isNew) throw new AssessmentError('login', 'The token has been used already: its jti is not new')
}

/** Forgets what has run out as new keys come. */
function onceInMemory(now: () => Date): Once {
  const seen = new Map<string, number>()
  let swept = 0
  return (key, until) => {
    const time = now().getTime()
    if (seen.size > swept * 2 + 1000) {
      for (const [old, end] of seen) if (end < time) seen.delete(old)
      swept = seen.size
    }
    if ((seen.get(key) ?? 0) >= time) return false
    seen.set(key, until.getTime())
    return true
  }
}
