import { hash } from 'node:crypto'
import type { JWTHeaderParameters, JWTPayload, JWTVerifyResult, ResolvedKey } from 'jose'
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

/** Tokens verified before, under their hash: a signature need not be reckoned again for each call of one client. */
export interface VerifiedTokens {
  find(token: string): Verified | undefined
  keep(token: string, verified: Verified): void
}

const MOST_KEPT = 10_000

/** Keeps those used last; the token itself is not kept. */
export function createVerifiedTokens(most = MOST_KEPT): VerifiedTokens {
  const known = new Map<string, Verified>()
  const nameOf = (token: string): string => hash('sha256', token, 'base64')
  return {
    find(token) {
      const name = nameOf(token)
      const found = known.get(name)
      if (found !== undefined && known.delete(name)) known.set(name, found)
      return found
    },
    keep(token, verified) {
      const oldest = known.size >= most ? known.keys().next().value : undefined
      if (oldest !== undefined) known.delete(oldest)
      known.set(nameOf(token), verified)
    },
  }
}

/** What is worth remembering of a token that has just been verified: it is required to have an `exp`. */
export function verifiedOf(result: JWTVerifyResult & ResolvedKey, said: AccessToken, tolerance: number): Verified {
  const { exp, nbf = Number.NEGATIVE_INFINITY } = result.payload as JWTPayload & { exp: number }
  return { said, key: result.key, header: result.protectedHeader, from: nbf - tolerance, until: exp + tolerance }
}
