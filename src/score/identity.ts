import type { Identifier, Reference } from 'fhir/r4.js'
import { v5 } from 'uuid'
import { BASE } from '../instrument/instrument.ts'

export const RESULT_SYSTEM = `${BASE}/sid/result`

/** Names made by hashing: one response gives the same identifiers on every machine, and answers have no part in them. */
const NAMESPACE = v5(BASE, v5.URL)

/** Identifier values of a response's results begin with this, and a full stop. */
export const resultPrefixOf = (identity: string): string => v5(identity, NAMESPACE)

/** `<uuidv5(identity)>.<role>`: only `[0-9a-z.-]`, so that no server trips over it in a query. */
export const resultValue = (identity: string, role: string): string => `${resultPrefixOf(identity)}.${role}`

export const resultIdentifier = (value: string): Identifier => ({ system: RESULT_SYSTEM, value })

/** The UUID of a result: of its `fullUrl` in a transaction, and its id where it stands outside of one. */
export const resultUuid = (value: string): string => v5(value, NAMESPACE)

/** Kizuna as `device` and as agent: a logical reference, since no server holds it. */
export const softwareReference = (version: string): Reference => ({
  type: 'Device',
  identifier: { system: `${BASE}/sid/software`, value: 'kizuna' },
  display: `Kizuna ${version}`,
})
