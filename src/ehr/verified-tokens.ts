import { hash } from 'node:crypto'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyResult, ResolvedKey } from 'jose'
import { createRecent, type Recent } from '../once.ts'
import type { AccessToken } from './verify-token.ts'

/** A token whose signature was found right, with the key that showed it. */
export interface Verified {
  readonly said: AccessToken
  readonly key: ResolvedKey['key']
  readonly header: JWTHeaderParameters
  /** Seconds since 1970, the tolerated difference of clocks among them: in force from the first up to the second. */
  readonly from: number
  readonly until: number
}

const MOST_KEPT = 10_000

/** Tokens verified before, those used last, under their hash: a signature need not be reckoned again for each call of one client, and the token itself is not kept. */
export function createVerifiedTokens(most = MOST_KEPT): Recent<Verified> {
  const known = createRecent<Verified>(most)
  const nameOf = (token: string): string => hash('sha256', token, 'base64')
  return {
    get: (token) => known.get(nameOf(token)),
    set: (token, verified) => known.set(nameOf(token), verified),
  }
}

/** What is worth remembering of a token that has just been verified: it is required to have an `exp`. */
export function verifiedOf(result: JWTVerifyResult & ResolvedKey, said: AccessToken, tolerance: number): Verified {
  const { exp, nbf = Number.NEGATIVE_INFINITY } = result.payload as JWTPayload & { exp: number }
  return { said, key: result.key, header: result.protectedHeader, from: nbf - tolerance, until: exp + tolerance }
}
