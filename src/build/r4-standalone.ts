import standaloneModule from 'ajv/dist/standalone/index.js'
import { createR4Ajv } from '../fhir/compile-r4.ts'
import type { R4Schema } from '../fhir/r4-keywords.ts'

/** What the app reads and writes. */
export const APP_RESOURCE_TYPES = ['QuestionnaireResponse', 'Observation', 'RiskAssessment', 'Provenance', 'Bundle']

const standaloneCode = standaloneModule as unknown as typeof standaloneModule.default

/**
 * The text of an ES module that exports `validators(resourceType)`, ready for `createResourceCheck`: the same validators as
 * `compileR4` makes, made at build time, because the app's CSP allows no code to be made at run time. It imports nothing.
 * `undefined` for a resource type that is not among those given.
 */
export function buildR4Standalone(schema: R4Schema, resourceTypes: readonly string[] = APP_RESOURCE_TYPES): string {
  const ajv = createR4Ajv(schema, { source: true, esm: true, lines: true })
  const references = resourceTypes.map((type) => [type, `${schema.$id}#/$defs/${type}`] as const)
  const code = withoutUnusedSchemas(standaloneCode(ajv, Object.fromEntries(references)))
  const table = resourceTypes.map((type) => `[${JSON.stringify(type)}, ${type}]`).join(', ')
  return `${code.replaceAll(/^export const (\w+) = (\w+);/gm, 'const $1 = $2;')}
const byType = new Map([${table}]);
export const validators = (resourceType) => byType.get(resourceType);
`
}

/** ajv embeds every schema beside its validator, and reads few of them. */
function withoutUnusedSchemas(code: string): string {
  const uses = new Map<string, number>()
  for (const [name] of code.matchAll(/\bschema\d+\b/g)) uses.set(name, (uses.get(name) ?? 0) + 1)
  return code.replaceAll(/^const (schema\d+) = .*;$\n/gm, (line, name: string) => (uses.get(name) === 1 ? '' : line))
}
