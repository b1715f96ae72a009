import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CodeSystem, ElementDefinition, StructureDefinition } from 'fhir/r4.js'
import type { R4Schema, TypeSchema } from '../fhir/r4-keywords.ts'
import { type Code, codesOf, idOf } from './r4-codes.ts'
import { PRIMITIVES } from './r4-primitives.ts'
import { ruleOf } from './r4-rules.ts'

/** The resource types that this module reads, writes, serves or may meet in a hospital's answers about a mother. */
export const RESOURCE_TYPES = [
  ...['QuestionnaireResponse', 'Questionnaire', 'Observation', 'RiskAssessment', 'Provenance', 'Bundle', 'Patient', 'RelatedPerson'],
  ...['Practitioner', 'PractitionerRole', 'Organization', 'Encounter', 'EpisodeOfCare', 'Condition', 'ServiceRequest', 'Task', 'Flag'],
  ...[
    'Communication',
    'OperationOutcome',
    'Parameters',
    'Binary',
    'Basic',
    'Device',
    'AuditEvent',
    'Subscription',
    'CodeSystem',
    'ValueSet',
  ],
  ...['ConceptMap', 'ObservationDefinition', 'PlanDefinition', 'Library', 'StructureDefinition', 'OperationDefinition'],
  ...['CapabilityStatement', 'ImplementationGuide'],
]

type Read = (file: string) => unknown
type Definitions = Record<string, TypeSchema>
interface Generation {
  readonly read: Read
  readonly definitions: Definitions
  /** The definitions that stand in arrays of primitives, where null keeps a place. */
  readonly nullable: Set<string>
  readonly codeSystems: ReadonlyMap<string, CodeSystem>
}

const SYSTEM_TYPE = 'http://hl7.org/fhirpath/System.'
const FHIR_TYPE = 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type'
const STRUCTURAL_RULES = new Set(['ele-1'])

/**
 * The JSON Schema of the resource types given and of every datatype and code list they need, from the official R4 snapshots.
 * What JSON Schema has no word for (a primitive that its `_companion` may replace, choices, reference targets, invariants)
 * stands in the keywords that `r4-keywords.ts` describes. The same definitions give the same bytes.
 * `read` gives the parsed file of the package by name; `codeSystems` holds the package's code systems by url.
 * @see https://hl7.org/fhir/R4/json.html
 */
export function buildR4Schema(resourceTypes: readonly string[], read: Read, codeSystems: ReadonlyMap<string, CodeSystem>): R4Schema {
  const { name, version, license } = read('package.json') as Record<'name' | 'version' | 'license', string>
  const definitions: Definitions = { ...PRIMITIVES, Resource: {} }
  const nullable = new Set(['Element'])
  for (const type of ['Element', ...resourceTypes].sort()) defineType(type, { read, definitions, nullable, codeSystems })
  for (const type of nullable) definitions[`${type}-or-null`] = nullableOf(definitions[type]!)
  const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { $id: 'https://w3id.org/kizuna/fhir/schemas/r4', source: { package: name, version, license }, $defs: sorted }
}

/** A type and, by path, its inner elements. A profile such as SimpleQuantity is defined under its own name. */
function defineType(type: string, generation: Generation): void {
  if (type in generation.definitions) return
  const { kind, snapshot } = generation.read(`StructureDefinition-${type}.json`) as StructureDefinition
  const elements = snapshot?.element ?? []
  const root = elements[0]?.path
  const parents = [...new Set(elements.map(({ path }) => parentOf(path)))].filter((path) => path !== '')
  const defined = parents.map((path) => [path, path === root ? type : path] as const)
  for (const [, name] of defined) generation.definitions[name] = { type: 'object' }
  for (const [path, name] of defined) {
    const element = elements.find((candidate) => candidate.path === path)!
    const children = elements.filter((candidate) => parentOf(candidate.path) === path)
    generation.definitions[name] = objectSchema(element, children, kind === 'resource' && path === root, generation)
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')))
const nameOf = ({ path }: ElementDefinition): string => path.slice(path.lastIndexOf('.') + 1)

function objectSchema(element: ElementDefinition, children: ElementDefinition[], isResource: boolean, generation: Generation): TypeSchema {
  const present = children.filter(({ max }) => max !== '0')
  const required = present.filter(({ min }) => (min ?? 0) > 0)
  const choices = present.filter((child) => nameOf(child).endsWith('[x]'))
  const names = new Set(present.map((child) => nameOf(child).replace('[x]', '')))
  return withoutEmpty({
    type: 'object',
    ...(!isResource && { minProperties: 1 }),
    properties: {
      ...(isResource && { resourceType: { const: element.path } }),
      ...Object.fromEntries(present.flatMap((child) => propertiesOf(child, isResource, generation))),
    },
    additionalProperties: false,
    ...companionsOf(present),
    required: required.filter((child) => !isChoice(child) && !isPrimitive(child)).map(nameOf),
    requiredPrimitives: required.filter((child) => !isChoice(child) && isPrimitive(child)).map(nameOf),
    choices: Object.fromEntries(choices.map((child) => [baseName(child), (child.type ?? []).map((type) => variantName(child, type.code))])),
    requiredChoices: required.filter(isChoice).map(baseName),
    rules: rulesOf(element, names),
  })
}

const isChoice = (element: ElementDefinition): boolean => nameOf(element).endsWith('[x]')
const baseName = (element: ElementDefinition): string => nameOf(element).replace('[x]', '')
const variantName = (element: ElementDefinition, code: string): string => baseName(element) + code[0]!.toUpperCase() + code.slice(1)
const isPrimitive = ({ type }: ElementDefinition): boolean => type !== undefined && isPrimitiveCode(type[0]!.code)
const isPrimitiveCode = (code: string): boolean => code.startsWith(SYSTEM_TYPE) || code in PRIMITIVES

function withoutEmpty(schema: TypeSchema): TypeSchema {
  const isEmpty = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => !isEmpty(value))) as unknown as TypeSchema
}

/** Only errors: the warnings of R4 are advice on computable names and narrative. */
function rulesOf({ constraint = [] }: ElementDefinition, names: ReadonlySet<string>): NonNullable<TypeSchema['rules']> {
  const candidates = constraint.filter(({ key, severity }) => severity === 'error' && !STRUCTURAL_RULES.has(key))
  const rules = candidates.map(({ key, human, expression }) => [key, human, ruleOf(expression ?? '', names)] as const)
  return Object.fromEntries(rules.flatMap(([key, human, holds]) => (holds ? [[key, { human, holds }]] : [])))
}

type Property = readonly [name: string, schema: TypeSchema]

function propertiesOf(element: ElementDefinition, ofResource: boolean, generation: Generation): Property[] {
  if (!isChoice(element)) return [[nameOf(element), propertySchema(element, ofResource, generation)]]
  return (element.type ?? []).map((type) => [
    variantName(element, type.code),
    valueSchema({ ...element, type: [type] }, ofResource, generation),
  ])
}

function propertySchema(element: ElementDefinition, ofResource: boolean, generation: Generation): TypeSchema {
  const value = valueSchema(element, ofResource, generation)
  if (element.max === '1') return value
  return arrayOf(isPrimitive(element) ? orNull(value, generation) : value, element)
}

/** The properties that may have a `_companion` with the id and the extensions of their primitive. */
function companionsOf(children: readonly ElementDefinition[]): Pick<TypeSchema, 'companions' | 'companionLists'> {
  const withCompanion = children.flatMap((child) => {
    const codes = (child.type ?? []).map(({ code }) => code).filter((code) => code in PRIMITIVES)
    return codes.map((code) => ({ name: isChoice(child) ? variantName(child, code) : nameOf(child), many: child.max !== '1' }))
  })
  return {
    companions: withCompanion.filter(({ many }) => !many).map(({ name }) => name),
    companionLists: withCompanion.filter(({ many }) => many).map(({ name }) => name),
  }
}

function arrayOf(items: TypeSchema, { min, max }: ElementDefinition): TypeSchema {
  return { type: 'array', minItems: Math.max(1, min ?? 0), ...(max !== '*' && { maxItems: Number(max) }), items }
}

/** Arrays of primitives keep their places with null: `"given": [null, "B"], "_given": [{…}, null]`. */
function orNull({ $ref = '' }: TypeSchema, { nullable }: Generation): TypeSchema {
  nullable.add($ref.slice('#/$defs/'.length))
  return { $ref: `${$ref}-or-null` }
}

function nullableOf(schema: TypeSchema): TypeSchema {
  return schema.enum ? { enum: [...schema.enum, null] } : { ...schema, type: [schema.type as string, 'null'] }
}

function valueSchema(element: ElementDefinition, ofResource: boolean, generation: Generation): TypeSchema {
  if (element.contentReference) return { $ref: `#/$defs/${element.contentReference.replace(/^.*#/, '')}` }
  const [type] = element.type ?? []
  if (!type) throw new Error(`${element.path} has no type`)
  if (type.code.startsWith(SYSTEM_TYPE)) return { $ref: `#/$defs/${systemTypeOf(element, ofResource)}` }
  if (type.code === 'BackboneElement' || type.code === 'Element') return { $ref: `#/$defs/${element.path}` }
  const codes =
    element.binding?.strength === 'required' ? codesOf(element.binding.valueSet ?? '', generation.read, generation.codeSystems) : undefined
  if (type.code === 'code' && codes) return codeSchema(element.binding?.valueSet ?? '', codes, generation)
  const name = type.profile?.[0]?.endsWith('/SimpleQuantity') ? 'SimpleQuantity' : type.code
  defineType(name, generation)
  const targets = (type.targetProfile ?? []).map((profile) => profile.slice(profile.lastIndexOf('/') + 1))
  return {
    $ref: `#/$defs/${name}`,
    ...(type.code === 'Reference' && targets.length > 0 && !targets.includes('Resource') && { targets }),
    ...(type.code === 'CodeableConcept' && codes && { codings: codes.map(({ system, code }) => `${system}|${code}`) }),
  }
}

/** R4 says `string` where it means the id of a resource. */
function systemTypeOf(element: ElementDefinition, ofResource: boolean): string {
  if (ofResource && nameOf(element) === 'id') return 'id'
  return element.type?.[0]?.extension?.find(({ url }) => url === FHIR_TYPE)?.valueUrl ?? 'string'
}

function codeSchema(valueSet: string, codes: readonly Code[], { definitions }: Generation): TypeSchema {
  const name = `code:${idOf(valueSet)}`
  definitions[name] ??= { enum: [...new Set(codes.map(({ code }) => code))] }
  return { $ref: `#/$defs/${name}` }
}

/** Reads code systems from the unpacked package, by url. */
function loadCodeSystems(folder: string, files: readonly string[]): Map<string, CodeSystem> {
  const systems = files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as CodeSystem)
  return new Map(systems.map((system) => [system.url ?? '', system]))
}

/** `node src/build/r4-schema.ts FOLDER`, FOLDER being the unpacked npm package hl7.fhir.r4.examples: writes resources/schemas/r4.json. */
function main(folder: string): void {
  const codeSystems = loadCodeSystems(
    folder,
    readdirSync(folder).filter((file) => file.startsWith('CodeSystem-')),
  )
  const schema = buildR4Schema(RESOURCE_TYPES, (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')), codeSystems)
  writeFileSync(new URL('../../resources/schemas/r4.json', import.meta.url), `${JSON.stringify(schema)}\n`)
}

if (import.meta.main) main(process.argv[2] ?? '')
