import type { Identifier, Reference } from 'fhir/r4.js'
import { parse, v5 } from 'uuid'
import { uuidOfName } from '#uuid'
import { BASE } from '../instrument/instrument.ts'
import { createRecent } from '../once.ts'

export const RESULT_SYSTEM = `${BASE}/sid/result`

/** Names made by hashing: one response gives the same identifiers on every machine, and answers have no part in them. */
const NAMESPACE = parse(v5(BASE, v5.URL))

/** One response asks for the same few names many times over. */
const names = createRecent<string>(64)

function uuidOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = uuidOfName(text, NAMESPACE)
  names.set(text, name)
  return name
}

/** Identifier values of a response's results begin with this, and a full stop. */
export const resultPrefixOf = (identity: string): string => uuidOf(identity)

/** `<uuidv5(identity)>.<role>`: only `[0-9a-z.-]`, so that no server trips over it in a query. */
export const resultValue = (identity: string, role: string): string => `${resultPrefixOf(identity)}.${role}`

export const resultIdentifier = (value: string): Identifier => ({ system: RESULT_SYSTEM, value })

/** The UUID of a result: of its `fullUrl` in a transaction, and its id where it stands outside of one. */
export const resultUuid = (value: string): string => uuidOf(value)

/** Kizuna as `device` and as agent: a logical reference, since no server holds it. */
export const softwareReference = (version: string): Reference => ({
  type: 'Device',
  identifier: { system: `${BASE}/sid/software`, value: 'kizuna' },
  display: `Kizuna ${version}`,
})
