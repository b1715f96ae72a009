import { type Interaction as Letter, type Scope, scopesFor } from '../../ehr/scopes.ts'
import { ALWAYS, all, any, type Clause, NEVER } from './clause.ts'
import { compartmentClause, reachablePatients } from './compartment.ts'
import type { Grant } from './grant.ts'
import { Refusal, refusal } from './refusal.ts'
import type { AnyResource } from './resource.ts'
import { clauseOf, type SearchScene } from './search-clause.ts'
import type { Store } from './store.ts'

/** What one call may touch. Its answers follow the data, so inside a transaction they see what that has written. */
export interface Access {
  /** The resources of the type the grant may touch in this way. Throws `forbidden` when no scope permits the interaction at all. */
  clause(type: string, letter: Letter): Clause
  permits(type: string, letter: Letter): boolean
  /** Throws `forbidden` unless the living resource with this key may be touched in this way. */
  assertKey(key: number, type: string, letter: Letter): void
  /** Throws `forbidden` unless this content, current or not, may be read. */
  assertReadable(resource: AnyResource): void
  isReadable(resource: AnyResource): boolean
  /** The patients a confined grant reaches; undefined where it is not confined. */
  reach(): readonly string[] | undefined
}

/**
 * The access of a grant, by SMART v2 scopes: `patient/` confines to the patient in context, and so does `user/` when the user is a
 * Patient or RelatedPerson; a scope's query must be met as well. A query this server cannot search by permits nothing.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function createAccess(store: Store, grant: Grant, scene: SearchScene): Access {
  const clause = (type: string, letter: Letter): Clause => {
    const scopes = scopesFor(grant.scopes, type, letter)
    if (scopes.length === 0) throw refusal(403, 'forbidden', `The token has no scope for ${type}.${letter}`)
    return any(scopes.map((scope) => all([confinement(store, grant, scope, type, letter), queryClause(scope, type, scene)])))
  }
  const isReadable = (resource: AnyResource): boolean => {
    const readable = clause(resource.resourceType, 'r')
    return readable === ALWAYS || store.wouldFulfil(resource, readable)
  }
  return {
    clause,
    isReadable,
    permits: (type, letter) => scopesFor(grant.scopes, type, letter).length > 0,
    assertKey(key, type, letter) {
      const touchable = clause(type, letter)
      if (touchable === ALWAYS) return
      const found = store.find(type, { sql: `r.key = ? AND ${touchable.sql}`, values: [key, ...touchable.values] })
      if (found.length === 0) throw outside(type)
    },
    assertReadable(resource) {
      if (!isReadable(resource)) throw outside(resource.resourceType)
    },
    reach: () =>
      grant.patient !== undefined && grant.scopes.every((scope) => isConfined(grant, scope))
        ? reachablePatients(store, grant.patient)
        : undefined,
  }
}

const outside = (type: string) => refusal(403, 'forbidden', `The token's scopes do not reach this ${type}`)

function confinement(store: Store, grant: Grant, scope: Scope, type: string, letter: Letter): Clause {
  if (!isConfined(grant, scope)) return ALWAYS
  return grant.patient === undefined ? NEVER : compartmentClause(store, type, grant.patient, letter === 'r' || letter === 's')
}

const isConfined = ({ fhirUser }: Grant, { context }: Scope): boolean =>
  context === 'patient' || (context === 'user' && /(?:^|\/)(?:Patient|RelatedPerson)\//.test(fhirUser ?? ''))

/** What of a scope's query cannot be searched by grants nothing: better too little than a query half kept. */
function queryClause({ query }: Scope, type: string, scene: SearchScene): Clause {
  try {
    return all(Object.entries(query ?? {}).map(([name, value]) => clauseOf(type, name, value, scene) ?? NEVER))
  } catch (error) {
    if (error instanceof Refusal) return NEVER
    throw error
  }
}
