import { _, type Code, type CodeKeywordDefinition, type KeywordCxt, type KeywordErrorDefinition, Name, nil, stringify } from 'ajv'
import { getProperty } from 'ajv/dist/compile/codegen/code.js'
import { and, not } from 'ajv/dist/compile/codegen/index.js'
import { Type } from 'ajv/dist/compile/util.js'
import type { TypeSchema } from './r4-keywords.ts'
import { type Chosen, holdsCode } from './r4-rule-code.ts'

/** An array with more faults than this is not read to its end: the input may be hostile. */
const MOST_FAULTS = 50
/** The count of faults so far, as ajv names it in the code it makes. */
const ERRORS = new Name('errors')

const error: KeywordErrorDefinition = { message: '', params: ({ params }) => (params as { fault: Code }).fault }
const raise = (cxt: KeywordCxt, fault: string, rest: Code = nil): void => {
  cxt.setParams({ fault: _`{fault: ${fault}${rest}}` })
  cxt.error()
}

/**
 * A FHIR element as a whole: no unknown property, at most one property of a choice and the required ones there, not empty,
 * and its invariants. One pass over the keys serves them all, which is why they share the keyword `additionalProperties`.
 */
const element: CodeKeywordDefinition = {
  keyword: 'additionalProperties',
  type: 'object',
  schemaType: 'boolean',
  error,
  code(cxt) {
    const { gen, data } = cxt
    const schema = cxt.parentSchema as TypeSchema
    const chosen = Object.keys(schema.choices ?? {}).map((choice): Chosen => [choice, gen.let('chosen', _`0`)])
    const count = schema.minProperties && gen.let('count', _`0`)
    const places = placesOf(schema)
    const table = gen.scopeValue('obj', { key: places, ref: new Map(places), code: _`new Map(${stringify(places)})` })
    gen.forIn('key', data, (key) => {
      const place = gen.let('place', _`${table}.get(${key})`)
      if (count) gen.code(_`${count}++`)
      gen.if(_`${place} === undefined`, () => raise(cxt, 'unknown', _`, name: ${key}`))
      gen.if(_`${place} >= ${COMPANION}`, () => companionCode(cxt, key, place))
      gen.if(_`${place} >= ${CHOICE}`, () => {
        for (const [index, choice] of chosen.entries()) choiceCode(cxt, choice, place, index)
      })
    })
    if (count) emptyCode(cxt, schema, count)
    requiredCode(cxt, schema, chosen)
    rulesCode(cxt, schema, chosen)
  },
}

const CHOICE = 1_000
const COMPANION = 1_000_000

/**
 * What is to be known of each property, in one number: 0, or, where it is one form of a choice, thousands for the choice and
 * the rest for the form; a million more for the companion of a primitive, two for that of a list of primitives.
 */
function placesOf({ properties = {}, choices = {}, companions = [], companionLists = [] }: TypeSchema): [string, number][] {
  const forms = Object.values(choices).flatMap((list, choice) => list.map((name, form) => [name, CHOICE * (choice + 1) + form] as const))
  const formOf = new Map(forms)
  const placeOf = (name: string): number => formOf.get(name) ?? 0
  return [
    ...Object.keys(properties).map((name): [string, number] => [name, placeOf(name)]),
    ...companions.map((name): [string, number] => [`_${name}`, COMPANION + placeOf(name)]),
    ...companionLists.map((name): [string, number] => [`_${name}`, 2 * COMPANION + placeOf(name)]),
  ]
}

const ELEMENT: TypeSchema = { $ref: '#/$defs/Element' }
const ELEMENTS: TypeSchema = { type: 'array', minItems: 1, items: { $ref: '#/$defs/Element-or-null' } }

function companionCode(cxt: KeywordCxt, key: Name, place: Name): void {
  const { gen, it } = cxt
  const validate = (schema: TypeSchema) => () => {
    const at = { schemaPath: nil, topSchemaRef: stringify(schema), errSchemaPath: '#', dataProp: key, dataPropType: Type.Str }
    cxt.subschema({ schema, ...at }, gen.name('valid'))
  }
  const { companions = [], companionLists = [] } = it.schema as TypeSchema
  if (companions.length > 0) gen.if(_`${place} < ${2 * COMPANION}`, validate(ELEMENT))
  if (companionLists.length > 0) gen.if(_`${place} >= ${2 * COMPANION}`, validate(ELEMENTS))
  gen.assign(place, _`${place} % ${COMPANION}`)
}

function choiceCode(cxt: KeywordCxt, [choice, variable]: Chosen, place: Name, index: number): void {
  const { gen } = cxt
  const low = CHOICE * (index + 1)
  gen.if(_`${place} >= ${low} && ${place} < ${low + CHOICE}`, () => {
    gen.if(_`${variable} !== 0 && ${variable} !== ${place}`, () => raise(cxt, 'twice', _`, name: ${choice}`))
    gen.assign(variable, place)
  })
}

/** ele-1: an element has a value or children, and its id is neither. The companion of a primitive may hold an id alone. */
function emptyCode(cxt: KeywordCxt, { properties = {} }: TypeSchema, count: Code): void {
  const isCompanion = Object.keys(properties).join() === 'id,extension'
  cxt.gen.if(_`${count} === 0`, () => raise(cxt, 'empty'))
  if (isCompanion) return
  const human = 'All FHIR elements must have a @value or children'
  cxt.gen.if(_`${count} === 1 && ${cxt.data}.id !== undefined`, () => raise(cxt, 'invariant', _`, name: "ele-1", human: ${human}`))
}

function requiredCode(cxt: KeywordCxt, schema: TypeSchema, chosen: readonly Chosen[]): void {
  const { gen, data } = cxt
  for (const name of schema.requiredPrimitives ?? []) {
    const companion = `_${name}`
    const hasCompanion = schema.companions?.includes(name) || schema.companionLists?.includes(name)
    const absent = _`${data}${getProperty(name)} === undefined`
    const unexplained = _`${data}${getProperty(companion)}?.extension === undefined && !Array.isArray(${data}${getProperty(companion)})`
    gen.if(hasCompanion ? and(absent, unexplained) : absent, () => raise(cxt, 'missing', _`, name: ${name}`))
  }
  for (const [choice, variable] of chosen) {
    if (!schema.requiredChoices?.includes(choice)) continue
    gen.if(_`${variable} === 0`, () => raise(cxt, 'missing', _`, name: ${choice}`))
  }
}

function rulesCode(cxt: KeywordCxt, schema: TypeSchema, chosen: readonly Chosen[]): void {
  for (const [key, { human, holds }] of Object.entries(schema.rules ?? {})) {
    cxt.gen.if(not(holdsCode(holds, cxt, chosen)), () => raise(cxt, 'invariant', _`, name: ${key}, human: ${human}`))
  }
}

/** As the keyword of JSON Schema, but it stops when there are faults enough. */
const items: CodeKeywordDefinition = {
  keyword: 'items',
  type: 'array',
  schemaType: 'object',
  code(cxt) {
    const { gen, data } = cxt
    gen.forRange('i', 0, _`${data}.length`, (index) => {
      cxt.subschema({ keyword: 'items', dataProp: index, dataPropType: Type.Num }, gen.name('valid'))
      gen.if(_`${ERRORS} > ${MOST_FAULTS}`, () => gen.break())
    })
  },
}

/** A literal reference names one of these types: `Patient/1`, `https://…/Patient/1` is not looked into. */
const targets: CodeKeywordDefinition = {
  keyword: 'targets',
  type: 'object',
  schemaType: 'array',
  error,
  code(cxt) {
    const { gen, data } = cxt
    const pattern = `^(?![A-Z][A-Za-z]*[/?])|^(?:${(cxt.schema as string[]).join('|')})[/?]`
    const allowed = gen.scopeValue('pattern', { key: pattern, ref: new RegExp(pattern), code: _`new RegExp(${pattern})` })
    const expected = (cxt.schema as string[]).join(', ')
    gen.if(_`typeof ${data}.reference === "string" && !${allowed}.test(${data}.reference)`, () =>
      raise(cxt, 'target', _`, expected: ${expected}`),
    )
  },
}

/** A required binding of a CodeableConcept: a text alone is not enough. */
const codings: CodeKeywordDefinition = {
  keyword: 'codings',
  type: 'object',
  schemaType: 'array',
  error,
  code(cxt) {
    const { gen, data } = cxt
    const codes = stringify(cxt.schema)
    const isBound = _`Array.isArray(${data}.coding) && ${data}.coding.some((coding) => ${codes}.includes(coding?.system + "|" + coding?.code))`
    gen.if(_`!(${isBound})`, () => raise(cxt, 'coding'))
  },
}

export const KEYWORDS = [element, items, targets, codings]
/** Read by `element`, or by people. */
export const ANNOTATIONS = [
  'requiredPrimitives',
  'choices',
  'requiredChoices',
  'rules',
  'companions',
  'companionLists',
  'source',
  'minProperties',
]
