import type {
  CapabilityStatement,
  CodeableConcept,
  CodeSystem,
  CodeSystemConcept,
  Condition,
  Observation,
  Organization,
  RiskAssessment,
} from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { bundleInvariants } from './bundle-invariants.ts'
import { type Invariant, indexed, type Path, repeated } from './invariant.ts'
import { narrativeFaults } from './narrative.ts'
import { questionnaireInvariants, sdcResponseInvariants } from './questionnaire-invariants.ts'
import { errorIssue } from './r4-issues.ts'

const UCUM = 'http://unitsofmeasure.org'
const SDC_RESPONSE = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse'

const observation: Invariant<Observation>[] = [
  {
    key: 'obs-7',
    human:
      'If Observation.code is the same as an Observation.component.code then the value element associated with the code SHALL NOT be present',
    faults: (resource) =>
      hasValue(resource)
        ? indexed(resource.component, 'component').flatMap(([path, { code }]) =>
            sharesCoding(code, resource.code) ? [`${path}.code`] : [],
          )
        : [],
  },
]

const hasValue = (resource: Observation): boolean => Object.keys(resource).some((key) => /^_?value[A-Z]/.test(key))
const sharesCoding = (one: CodeableConcept, other: CodeableConcept): boolean =>
  (one.coding ?? []).some(
    ({ system, code }) => code !== undefined && other.coding?.some((coding) => coding.system === system && coding.code === code),
  )

const riskAssessment: Invariant<RiskAssessment>[] = [
  {
    key: 'ras-1',
    human: 'low and high must be percentages, if present',
    faults: ({ prediction }) =>
      indexed(prediction, 'prediction').flatMap(([path, { probabilityRange: range }]) => {
        const bounds = [range?.low, range?.high].filter((bound) => bound !== undefined)
        return bounds.every(({ code, system }) => code === '%' && system === UCUM) ? [] : [`${path}.probability`]
      }),
  },
  {
    // An absent probability is valid: the invariant speaks only of a decimal.
    key: 'ras-2',
    human: 'Must be <= 100',
    faults: ({ prediction }) =>
      indexed(prediction, 'prediction').flatMap(([path, { probabilityDecimal = 0 }]) =>
        probabilityDecimal <= 100 ? [] : [`${path}.probability`],
      ),
  },
]

const organization: Invariant<Organization>[] = [
  {
    key: 'org-1',
    human: 'The organization SHALL at least have a name or an identifier, and possibly more than one',
    faults: ({ identifier, name }) => (identifier || name !== undefined ? [] : ['']),
  },
  {
    key: 'org-2',
    human: "An address of an organization can never be of use 'home'",
    faults: ({ address }) => indexed(address, 'address').flatMap(([path, { use }]) => (use === 'home' ? [path] : [])),
  },
  {
    key: 'org-3',
    human: "The telecom of an organization can never be of use 'home'",
    faults: ({ telecom }) => indexed(telecom, 'telecom').flatMap(([path, { use }]) => (use === 'home' ? [path] : [])),
  },
]

const conceptsOf = (concepts: CodeSystemConcept[] | undefined, base: Path): (readonly [Path, CodeSystemConcept])[] =>
  indexed(concepts, `${base}concept`).flatMap((entry) => [entry, ...conceptsOf(entry[1].concept, `${entry[0]}.`)])

const codeSystem: Invariant<CodeSystem>[] = [
  {
    key: 'csd-1',
    human: 'Within a code system definition, all the codes SHALL be unique',
    faults: ({ concept }) => repeated(conceptsOf(concept, '').map(([path, { code }]) => [`${path}.code`, code])),
  },
]

const hasCode = (concept: CodeableConcept | undefined, codes: readonly string[]): boolean =>
  concept?.coding?.some(({ code }) => code !== undefined && codes.includes(code)) ?? false

const condition: Invariant<Condition>[] = [
  {
    key: 'con-4',
    human: 'If condition is abated, then clinicalStatus must be either inactive, resolved, or remission',
    faults: (resource) =>
      Object.keys(resource).some((key) => /^_?abatement[A-Z]/.test(key)) &&
      !hasCode(resource.clinicalStatus, ['resolved', 'remission', 'inactive'])
        ? ['clinicalStatus']
        : [],
  },
  {
    key: 'con-5',
    human: 'Condition.clinicalStatus SHALL NOT be present if verification Status is entered-in-error',
    faults: ({ verificationStatus, clinicalStatus }) =>
      hasCode(verificationStatus, ['entered-in-error']) && clinicalStatus ? ['clinicalStatus'] : [],
  },
]

const capabilityStatement: Invariant<CapabilityStatement>[] = [
  {
    key: 'cpb-9',
    human: 'A given resource can only be described once per RESTful mode',
    faults: ({ rest }) =>
      indexed(rest, 'rest').flatMap(([path, { resource }]) =>
        repeated(indexed(resource, `${path}.resource`).map(([at, { type }]) => [at, type])),
      ),
  },
  {
    key: 'cpb-12',
    human: 'Search parameter names must be unique in the context of a resource',
    faults: ({ rest }) =>
      indexed(rest, 'rest').flatMap(([path, { resource }]) =>
        indexed(resource, `${path}.resource`).flatMap(([at, { searchParam }]) =>
          repeated(indexed(searchParam, `${at}.searchParam`).map(([param, { name }]) => [param, name])),
        ),
      ),
  },
]

const BY_TYPE: ReadonlyMap<string, readonly Invariant<never>[]> = new Map<string, readonly Invariant<never>[]>([
  ['Observation', observation],
  ['RiskAssessment', riskAssessment],
  ['Questionnaire', questionnaireInvariants],
  ['Bundle', bundleInvariants],
  ['Organization', organization],
  ['CodeSystem', codeSystem],
  ['Condition', condition],
  ['CapabilityStatement', capabilityStatement],
])

/**
 * The official invariants (errors, not warnings) that a resource breaks, beyond those that the schema itself holds as rules.
 * The structure has been checked: the types can be trusted. `base` is the FHIRPath of the resource.
 */
export function brokenInvariants(resource: { readonly [key: string]: unknown }, base: string): Issue[] {
  const issues: Issue[] = []
  const apply = (invariants: readonly Invariant<never>[]) => {
    for (const { key, human, faults } of invariants) {
      for (const path of faults(resource as never))
        issues.push(errorIssue('invariant', path ? `${base}.${path}` : base, `${key}: ${human}`))
    }
  }
  apply(BY_TYPE.get(resource.resourceType as string) ?? [])
  if (resource.text !== undefined)
    for (const fault of narrativeFaults(resource.text as { div: string })) issues.push(errorIssue('invariant', `${base}.text.div`, fault))
  if (claimsSdc(resource)) {
    apply(sdcResponseInvariants)
    for (const name of ['questionnaire', 'authored'])
      if (resource[name] === undefined) issues.push(errorIssue('required', `${base}.${name}`, 'The SDC profile requires this element'))
  }
  return issues
}

function claimsSdc({ resourceType, meta }: { readonly [key: string]: unknown }): boolean {
  if (resourceType !== 'QuestionnaireResponse') return false
  const { profile } = (meta ?? {}) as { profile?: (string | null)[] }
  return profile?.some((url) => url?.startsWith(SDC_RESPONSE)) ?? false
}
