import type {
  CapabilityStatement,
  CodeSystem,
  ConceptMap,
  ImplementationGuide,
  Library,
  ObservationDefinition,
  OperationDefinition,
  PlanDefinition,
  Questionnaire,
  StructureDefinition,
  ValueSet,
} from 'fhir/r4.js'
import { BASE, type Words } from '../instrument/instrument.ts'

/** A published resource that has a canonical url and a version of its own. */
export type CanonicalArtifact =
  | CapabilityStatement
  | CodeSystem
  | ConceptMap
  | ImplementationGuide
  | Library
  | OperationDefinition
  | PlanDefinition
  | Questionnaire
  | StructureDefinition
  | ValueSet

/** A resource that Kizuna publishes under its canonical base. R4 gives an ObservationDefinition no url: its identifier stands for it. */
export type Artifact = CanonicalArtifact | ObservationDefinition

/** Who publishes: what tells our artifacts from another's under the same url. */
export const PUBLISHER = 'Kizuna'

/** What `resources/publication.json` holds: what is true of the publication as a whole. */
export interface Publication {
  readonly version: string
  /** The day of this version. */
  readonly date: string
  /** First the publisher, then the scope, as the FHIR package specification asks; no `hl7.`, which is HL7's own. */
  readonly packageId: string
  readonly title: Words
  readonly description: string
  /** SPDX identifier. Instruments have copyrights of their own, named in each of their resources. */
  readonly license: 'Apache-2.0'
  readonly dependencies: readonly { readonly packageId: string; readonly version: string; readonly uri: string }[]
}

/** What every published artifact begins with. `name` is a token that code generators may use: `answer-mibs-j` → `AnswerMibsJ`. */
export function headOf<Type extends CanonicalArtifact['resourceType']>(resourceType: Type, id: string, version: string) {
  const name = id.replaceAll(/(?:^|[-.])(\w)/g, (_, letter: string) => letter.toUpperCase())
  return { resourceType, id, url: canonicalUrl(resourceType, id), version, name, publisher: PUBLISHER } as const
}

export const canonicalUrl = (resourceType: Artifact['resourceType'], id: string): string => `${BASE}/${resourceType}/${id}`

export const systemOf = (id: string): string => canonicalUrl('CodeSystem', id)

/** The category of everything that a questionnaire measures. */
export const SURVEY = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' } as const
