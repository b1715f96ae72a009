import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ElementDefinition, StructureDefinition } from 'fhir/r4.js'
import omit from 'lodash/omit.js'
import type { R4Base } from '../publish/snapshot.ts'

/** What our profiles are made from. */
export const BASE_TYPES = ['Observation', 'RiskAssessment', 'Provenance', 'Task', 'Extension'] as const

const SOURCE = 'npm hl7.fhir.r4.examples 4.0.1, snapshots of the R4 StructureDefinitions (CC0-1.0); comments, mappings and XPath left out'

/**
 * The element lists of the R4 types that we profile, without what only a reader of the specification needs.
 * `read` gives the parsed file of the package by name.
 */
export const buildR4Base = (read: (file: string) => unknown): R4Base => ({
  source: SOURCE,
  types: Object.fromEntries(
    BASE_TYPES.map((type) => {
      const { snapshot } = read(`StructureDefinition-${type}.json`) as StructureDefinition
      return [type, snapshot!.element.map(compact)]
    }),
  ),
})

function compact(element: ElementDefinition): ElementDefinition {
  const rest = omit(element, ['mapping', 'comment', 'requirements', 'alias', 'extension'])
  return {
    ...rest,
    ...(rest.constraint && { constraint: rest.constraint.map((one) => omit(one, ['xpath', 'extension'])) }),
    ...(rest.binding && { binding: omit(rest.binding, ['extension']) }),
  }
}

/** One element a line: small, and a change can be read. */
const textOf = ({ source, types }: R4Base): string => {
  const lists = Object.entries(types).map(([type, elements]) => {
    return `"${type}": [\n${elements.map((element) => JSON.stringify(element)).join(',\n')}\n]`
  })
  return `{\n"source": ${JSON.stringify(source)},\n"types": {\n${lists.join(',\n')}\n}\n}\n`
}

// `node src/build/r4-base.ts FOLDER`, FOLDER being the unpacked npm package hl7.fhir.r4.examples: writes resources/schemas/r4-base.json.
if (import.meta.main) {
  const base = buildR4Base((file) => JSON.parse(readFileSync(join(process.argv[2] ?? '', file), 'utf8')))
  writeFileSync(new URL('../../resources/schemas/r4-base.json', import.meta.url), textOf(base))
}
