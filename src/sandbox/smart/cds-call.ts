import { randomToken } from './expiring-map.ts'
import { accessToken, sign, type TokenAnswer } from './issue-tokens.ts'
import { MIDWIFE } from './launch.ts'
import type { Realm } from './realm.ts'

/** What the EHR shows and lends when it calls a CDS service. */
export interface CdsCalls {
  /** Says who calls, for one address and one call. @see https://cds-hooks.hl7.org/2.0/#trusting-cds-clients */
  readonly assertion: (audience: string) => Promise<string>
  /** Leave to read one woman's record for five minutes: `fhirAuthorization`. */
  readonly authorization: (patient: string) => Promise<TokenAnswer>
}

const LIFETIME = 300
const CLIENT = 'kizuna-cds'

export function createCdsCalls(realm: Realm): CdsCalls {
  return {
    assertion: (audience) =>
      sign(realm, realm.keys.access, { claims: { aud: audience, jti: randomToken() }, typ: 'JWT', seconds: LIFETIME }),
    authorization: async (patient) => {
      const jti = `${randomToken()}.${randomToken()}`
      const claims = { sub: MIDWIFE, client_id: CLIENT, scope: 'patient/*.rs', jti, fhirUser: MIDWIFE, patient }
      return { ...(await accessToken(realm, claims, LIFETIME)), subject: CLIENT }
    },
  }
}
