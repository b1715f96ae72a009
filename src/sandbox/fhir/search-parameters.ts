/** How the values of a parameter are indexed and compared. `canonical` is a url with an optional version after the bar. */
export type SearchKind = 'token' | 'reference' | 'canonical' | 'date' | 'string' | 'uri'

export interface SearchParameter {
  readonly kind: SearchKind
  /** Element paths, dots between; arrays are walked through. */
  readonly paths: readonly string[]
  /** The resource types a reference may lead to; absent: any. */
  readonly targets?: readonly string[]
}

type Parameters = Readonly<Record<string, SearchParameter>>

const token = (...paths: string[]): SearchParameter => ({ kind: 'token', paths })
const date = (...paths: string[]): SearchParameter => ({ kind: 'date', paths })
const string = (...paths: string[]): SearchParameter => ({ kind: 'string', paths })
const uri = (...paths: string[]): SearchParameter => ({ kind: 'uri', paths })
const canonical = (...paths: string[]): SearchParameter => ({ kind: 'canonical', paths })
const reference = (...paths: string[]): SearchParameter => ({ kind: 'reference', paths })
const patient = (...paths: string[]): SearchParameter => ({ kind: 'reference', paths, targets: ['Patient'] })

const identifier: Parameters = { identifier: token('identifier') }
const subject: Parameters = { subject: reference('subject'), patient: patient('subject') }
const artifact: Parameters = {
  url: uri('url'),
  version: token('version'),
  status: token('status'),
  name: string('name'),
  title: string('title'),
  date: date('date'),
}

/** Searchable on every type. */
export const COMMON_PARAMETERS: Parameters = {
  _id: token('id'),
  _lastUpdated: date('meta.lastUpdated'),
  _tag: token('meta.tag'),
  _profile: canonical('meta.profile'),
}

/** The types this server holds, each with its own parameters (definitions: R4 search parameter registry; ObservationDefinition's is ours). */
export const SEARCH_PARAMETERS: Readonly<Record<string, Parameters>> = {
  AuditEvent: { date: date('recorded'), patient: patient('agent.who', 'entity.what') },
  CapabilityStatement: artifact,
  CodeSystem: { ...artifact, ...identifier },
  Communication: { ...identifier, ...subject, status: token('status'), sent: date('sent') },
  ConceptMap: { ...artifact, ...identifier },
  Condition: {
    ...identifier,
    ...subject,
    code: token('code'),
    category: token('category'),
    'clinical-status': token('clinicalStatus'),
    encounter: reference('encounter'),
    'onset-date': date('onsetDateTime', 'onsetPeriod'),
    'recorded-date': date('recordedDate'),
  },
  Device: identifier,
  Encounter: { ...identifier, ...subject, status: token('status'), date: date('period') },
  Flag: { ...identifier, ...subject, status: token('status'), date: date('period') },
  ImplementationGuide: artifact,
  Library: { ...artifact, ...identifier },
  Observation: {
    ...identifier,
    ...subject,
    status: token('status'),
    code: token('code'),
    category: token('category'),
    method: token('method'),
    date: date('effectiveDateTime', 'effectivePeriod', 'effectiveInstant'),
    'value-date': date('valueDateTime', 'valuePeriod'),
    encounter: reference('encounter'),
    focus: reference('focus'),
    'derived-from': reference('derivedFrom'),
    'has-member': reference('hasMember'),
  },
  ObservationDefinition: identifier,
  OperationDefinition: artifact,
  Organization: { ...identifier, name: string('name', 'alias') },
  Patient: {
    ...identifier,
    name: string('name'),
    family: string('name.family'),
    given: string('name.given'),
    birthdate: date('birthDate'),
    gender: token('gender'),
    link: reference('link.other'),
  },
  PlanDefinition: { ...artifact, ...identifier },
  Practitioner: { ...identifier, name: string('name') },
  PractitionerRole: { ...identifier, practitioner: reference('practitioner'), organization: reference('organization') },
  Provenance: {
    target: reference('target'),
    patient: patient('target'),
    recorded: date('recorded'),
    entity: reference('entity.what'),
    agent: reference('agent.who'),
  },
  Questionnaire: { ...artifact, ...identifier },
  QuestionnaireResponse: {
    ...identifier,
    ...subject,
    status: token('status'),
    questionnaire: canonical('questionnaire'),
    authored: date('authored'),
    author: reference('author'),
    source: reference('source'),
    encounter: reference('encounter'),
    'based-on': reference('basedOn'),
  },
  RelatedPerson: { ...identifier, patient: patient('patient') },
  RiskAssessment: {
    ...identifier,
    ...subject,
    date: date('occurrenceDateTime'),
    method: token('method'),
    risk: token('prediction.qualitativeRisk'),
    encounter: reference('encounter'),
  },
  ServiceRequest: { ...identifier, ...subject, status: token('status'), code: token('code'), authored: date('authoredOn') },
  StructureDefinition: { ...artifact, ...identifier },
  Subscription: { status: token('status'), url: uri('channel.endpoint') },
  Task: {
    ...identifier,
    subject: reference('for'),
    patient: patient('for'),
    focus: reference('focus'),
    owner: reference('owner'),
    status: token('status'),
    code: token('code'),
    'authored-on': date('authoredOn'),
  },
  ValueSet: { ...artifact, ...identifier },
}

/** True for the resource types this server holds. */
export const isServed = (type: string): boolean => Object.hasOwn(SEARCH_PARAMETERS, type)

/** Every parameter of a type, the common ones included. */
export const parametersOf = (type: string): Parameters => ({ ...COMMON_PARAMETERS, ...SEARCH_PARAMETERS[type] })

/** One parameter of a type; undefined when the server does not know it. */
export function parameterOf(type: string, name: string): SearchParameter | undefined {
  const own = SEARCH_PARAMETERS[type]
  if (own && Object.hasOwn(own, name)) return own[name]
  return Object.hasOwn(COMMON_PARAMETERS, name) ? COMMON_PARAMETERS[name] : undefined
}
