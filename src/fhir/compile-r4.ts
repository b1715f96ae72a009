import { Ajv, type Options, type ValidateFunction } from 'ajv'
import { ANNOTATIONS, KEYWORDS } from './r4-keyword-code.ts'
import type { R4Schema } from './r4-keywords.ts'

/** The schema refers only to itself, as `#/$defs/…`; the general resolver took half of the compile time to find that out. */
const uriResolver: NonNullable<Options['uriResolver']> = {
  parse: (uri) => ({ path: uri.split('#')[0] ?? '', fragment: uri.split('#')[1] ?? '' }),
  serialize: ({ path = '', fragment = '' }) => `${path}#${fragment}`,
  resolve: (base, reference) => (reference.startsWith('#') ? base.split('#')[0] + reference : reference),
}

/** No `validateSchema`: the schema is our own and tested. No `optimize`: it doubles the compile time and gains nothing. */
const OPTIONS: Options = {
  allErrors: true,
  messages: false,
  unicodeRegExp: false,
  loopEnum: 1000,
  strict: false,
  meta: false,
  validateSchema: false,
  uriResolver,
}

/** An ajv that knows the keywords of FHIR and holds the R4 schema; nothing is compiled yet. */
export function createR4Ajv(schema: R4Schema, code: NonNullable<Options['code']> = {}): Ajv {
  const ajv = new Ajv({ ...OPTIONS, code: { optimize: false, ...code } })
  for (const { keyword } of KEYWORDS) ajv.removeKeyword(keyword as string)
  for (const definition of KEYWORDS) ajv.addKeyword(definition)
  for (const keyword of ANNOTATIONS) ajv.removeKeyword(keyword).addKeyword(keyword)
  return ajv.addSchema(schema)
}

export const isResourceType = ({ $defs }: R4Schema, type: string): boolean =>
  Object.hasOwn($defs, type) && $defs[type]?.properties?.resourceType !== undefined

/**
 * The validators of the R4 resource types, each compiled when it is first asked for; `undefined` for a type that the schema
 * does not hold. For Node: ajv makes code at run time, which the app's CSP forbids (the app gets `r4-standalone.ts`).
 */
export function compileR4(schema: R4Schema): (resourceType: string) => ValidateFunction | undefined {
  const ajv = createR4Ajv(schema)
  const compiled = new Map<string, ValidateFunction | undefined>()
  return (type) => {
    if (!compiled.has(type) && isResourceType(schema, type)) compiled.set(type, ajv.getSchema(`${schema.$id}#/$defs/${type}`))
    return compiled.get(type)
  }
}
