import type { CapabilityStatement, CapabilityStatementRestResource } from 'fhir/r4.js'
import { canonicalUrl, headOf, type Publication } from './artifact.ts'
import { CANONICAL, DIALECTS } from './dialect.ts'

type Resource = CapabilityStatementRestResource
type Interaction = NonNullable<Resource['interaction']>[number]
type SearchParam = NonNullable<Resource['searchParam']>[number]
type SearchType = 'token' | 'reference' | 'uri'

const EXPECTATION = 'http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation'
const expected = (code: 'SHALL' | 'SHOULD') => ({ extension: [{ url: EXPECTATION, valueCode: code }] })
const profile = (id: string): string => canonicalUrl('StructureDefinition', id)

/**
 * What a hospital's FHIR server must be able to do so that results can be written to it once and once only, and what helps beyond that.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
export const buildServerRequirements = ({ version, date }: Publication): CapabilityStatement => ({
  ...headOf('CapabilityStatement', 'hospital-server', version),
  title: 'What Kizuna requires of a FHIR server',
  status: 'active',
  experimental: false,
  date,
  description:
    'Reading a mother and her responses, finding her earlier scores, and writing results as one transaction of conditional creates.',
  kind: 'requirements',
  fhirVersion: '4.0.1',
  format: ['application/fhir+json'],
  rest: [
    {
      mode: 'server',
      documentation: 'SMART App Launch 2 with PKCE for the app; Backend Services for the service and the command line.',
      resource: [
        { type: 'Patient', ...expected('SHALL'), interaction: interactions('read') },
        {
          type: 'RelatedPerson',
          ...expected('SHOULD'),
          interaction: interactions('read', 'search-type'),
          searchParam: searches({ patient: 'reference' }),
        },
        {
          type: 'QuestionnaireResponse',
          ...expected('SHALL'),
          interaction: interactions('read', 'search-type', 'create', 'update'),
          searchParam: searches({ subject: 'reference', questionnaire: 'reference' }),
        },
        written('Observation', ['score-observation', 'panel-observation'], { subject: 'reference', code: 'token', identifier: 'token' }),
        written('RiskAssessment', ['risk-assessment-result'], { subject: 'reference', identifier: 'token' }),
        {
          ...written('Task', ['acknowledgement-task'], { subject: 'reference', identifier: 'token' }),
          ...expected('SHOULD'),
          documentation: 'Who has seen a safety answer and what was done; SHALL where the site has a Task written at once',
        },
        {
          ...written('Flag', [], { subject: 'reference', identifier: 'token' }),
          ...expected('SHOULD'),
          documentation: 'SHALL where the site has a Flag written at once',
        },
        {
          type: 'Provenance',
          ...expected('SHALL'),
          supportedProfile: [profile('result-provenance')],
          interaction: interactions('create', 'search-type'),
          conditionalCreate: true,
          searchParam: searches({ target: 'reference', _tag: 'token' }),
        },
      ],
      interaction: [{ ...expected('SHALL'), code: 'transaction' }],
    },
  ],
})

/** A type of result: created on condition, updated only in the version that was read. */
const written = (
  type: 'Observation' | 'RiskAssessment' | 'Task' | 'Flag',
  profiles: readonly string[],
  parameters: Record<string, SearchType>,
): Resource => ({
  type,
  ...expected('SHALL'),
  ...(profiles.length > 0 && { supportedProfile: profiles.map(profile) }),
  interaction: interactions('read', 'search-type', 'create', 'update'),
  versioning: 'versioned-update',
  conditionalCreate: true,
  searchParam: searches(parameters),
})

/** The types of artifacts that the service lets be read and searched. */
const SERVED = [
  ...(['Questionnaire', 'CodeSystem', 'ValueSet', 'ConceptMap', 'ObservationDefinition', 'PlanDefinition', 'Library'] as const),
  ...(['StructureDefinition', 'OperationDefinition'] as const),
]

const SDC = 'http://hl7.org/fhir/uv/sdc/OperationDefinition'

/** What the scoring service serves, wherever it runs. */
export const buildServiceCapabilities = ({ version, date }: Publication): CapabilityStatement => ({
  ...headOf('CapabilityStatement', 'scoring-service', version),
  title: 'What the Kizuna scoring service serves',
  status: 'active',
  experimental: false,
  date,
  description: 'Publishes the artifacts of this package, begins and scores responses, extracts results.',
  kind: 'capability',
  software: { name: 'Kizuna' },
  fhirVersion: '4.0.1',
  format: ['application/fhir+json', 'json'],
  rest: [
    {
      mode: 'server',
      documentation: 'Stores no patient data of its own. Artifacts and operations need a bearer token.',
      resource: [
        ...SERVED.map(
          (type): Resource => ({
            type,
            interaction: interactions('read', 'search-type'),
            searchParam: artifactSearches(type),
            ...(type === 'Questionnaire' && { operation: [{ name: 'populate', definition: `${SDC}/Questionnaire-populate` }] }),
          }),
        ),
        {
          type: 'QuestionnaireResponse',
          operation: [
            { name: 'score', definition: canonicalUrl('OperationDefinition', 'QuestionnaireResponse-score') },
            { name: 'extract', definition: `${SDC}/QuestionnaireResponse-extract` },
          ],
        },
      ],
    },
  ],
})

const interactions = (...codes: Interaction['code'][]): Interaction[] => codes.map((code) => ({ code }))
const searches = (parameters: Readonly<Record<string, SearchType>>) => Object.entries(parameters).map(([name, type]) => ({ name, type }))

/** How artifacts are searched: by their canonical; and, for Questionnaires, in which dialect they are to be written. */
export const artifactSearches = (type: string): SearchParam[] => [
  { name: 'url', type: 'uri', ...definedBy(type, 'url') },
  { name: 'version', type: 'token', ...definedBy(type, 'version') },
  ...(type === 'Questionnaire' ? [DIALECT] : []),
]

/** R4 defines one search parameter for all conformance resources, its own for each of these, and none for an ObservationDefinition. */
function definedBy(type: string, name: string): Pick<SearchParam, 'definition' | 'documentation'> {
  if (type === 'ObservationDefinition')
    return { documentation: name === 'url' ? 'The value of its identifier, which is its canonical.' : 'The version of its method.' }
  const defined = ['Questionnaire', 'PlanDefinition', 'Library'].includes(type) ? type : 'conformance'
  return { definition: `http://hl7.org/fhir/SearchParameter/${defined}-${name}` }
}

const DIALECT: SearchParam = {
  name: 'dialect',
  type: 'token',
  documentation: `No criterion: how the Questionnaires are written, on read too. One of ${DIALECTS.join(', ')}; ${CANONICAL} if none is asked for.`,
}
