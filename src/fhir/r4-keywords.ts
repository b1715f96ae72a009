type Literal = string | number | boolean
/** A proposition about the children of an element, read from an official FHIRPath constraint. */
export type Rule =
  | readonly ['exists', string]
  | readonly ['not', Rule]
  | readonly ['and' | 'or' | 'xor', Rule, Rule]
  | readonly ['in', string, readonly string[]]
  | readonly ['=' | '!=' | '<=' | '>=' | '<' | '>', string, Literal | { readonly child: string }]

/** The JSON Schema of one FHIR type; the keywords below `additionalProperties` are FHIR's own. */
export interface TypeSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: string
  readonly enum?: readonly (string | null)[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: TypeSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly properties?: Readonly<Record<string, TypeSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: false
  /** Primitives whose id and extensions may stand in `_name`; of lists, in a list. */
  readonly companions?: readonly string[]
  readonly companionLists?: readonly string[]
  /** Primitives that must have a value or, in their `_companion`, an extension. */
  readonly requiredPrimitives?: readonly string[]
  /** `value[x]` by its base name: at most one of these properties. */
  readonly choices?: Readonly<Record<string, readonly string[]>>
  readonly requiredChoices?: readonly string[]
  /** Invariants by official key. */
  readonly rules?: Readonly<Record<string, { readonly human: string; readonly holds: Rule }>>
  /** Resource types that a literal Reference may name. */
  readonly targets?: readonly string[]
  /** `system|code`: one coding of the CodeableConcept must be among them. */
  readonly codings?: readonly string[]
}

export interface R4Schema {
  readonly $id: string
  readonly source: { readonly package: string; readonly version: string; readonly license: string }
  readonly $defs: Readonly<Record<string, TypeSchema>>
}

/** What is wrong, in the `params` of every error that the keywords of FHIR raise. */
export type Fault =
  | { readonly fault: 'unknown' | 'twice' | 'missing'; readonly name: string }
  | { readonly fault: 'empty' }
  | { readonly fault: 'invariant'; readonly name: string; readonly human: string }
  | { readonly fault: 'target'; readonly expected: string }
  | { readonly fault: 'coding' }
