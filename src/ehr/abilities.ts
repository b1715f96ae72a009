import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js'

/** What a server does with resources of one type. */
export interface TypeAbilities {
  readonly create: boolean
  readonly update: boolean
  /** `If-None-Exist` is heeded; `false` means that a create that is repeated makes a second one. */
  readonly conditionalCreate: boolean
  /** A PUT to an id that is not there makes the resource, so that no race can double it. */
  readonly updateCreate: boolean
}

/** What a FHIR server says that it can do, as far as writing results depends on it. */
export interface Abilities {
  readonly transaction: boolean
  /** Whether resources of the type can be held at all; `true` also where the server does not list its types. */
  readonly holds: (type: string) => boolean
  readonly of: (type: string) => TypeAbilities
}

const ALL: TypeAbilities = { create: true, update: true, conditionalCreate: true, updateCreate: false }
const NONE: TypeAbilities = { create: false, update: false, conditionalCreate: false, updateCreate: false }

/** A server that says nothing is taken to do what R4 servers commonly do; what it then refuses is met when it is refused. */
export const UNKNOWN_ABILITIES: Abilities = { transaction: true, holds: () => true, of: () => ALL }

/**
 * Reads a CapabilityStatement. A list that is missing says nothing, and the common case is assumed; one that is there is taken at its word.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
export function abilitiesOf({ rest }: CapabilityStatement): Abilities {
  const server = rest?.find(({ mode }) => mode === 'server')
  if (server === undefined) return UNKNOWN_ABILITIES
  const types = server.resource && new Map(server.resource.map((one) => [one.type as string, typeAbilitiesOf(one)]))
  const of = (type: string): TypeAbilities => (types === undefined ? ALL : (types.get(type) ?? NONE))
  const interactions = server.interaction?.map(({ code }) => code) ?? []
  return { transaction: interactions.includes('transaction'), of, holds: (type) => of(type).create || of(type).update }
}

function typeAbilitiesOf({ interaction, conditionalCreate, updateCreate }: CapabilityStatementRestResource): TypeAbilities {
  const codes = interaction?.map(({ code }) => code)
  return {
    create: codes?.includes('create') ?? true,
    update: codes?.includes('update') ?? true,
    conditionalCreate: conditionalCreate ?? false,
    updateCreate: updateCreate ?? false,
  }
}
