import type { StructureDefinition } from 'fhir/r4.js'
import { headOf } from './artifact.ts'
import { type Difference, differentialOf, type R4Base, snapshotOf } from './snapshot.ts'

/** A profile or extension of ours: what it is called and how it differs from its R4 type. */
export interface Profile {
  readonly id: string
  readonly type: 'Observation' | 'RiskAssessment' | 'Provenance' | 'Task' | 'Extension'
  readonly title: string
  readonly description: string
  /** Of an extension: the elements it may stand on. */
  readonly context?: readonly string[]
  readonly differences: readonly Difference[]
}

/** @see https://hl7.org/fhir/R4/structuredefinition.html */
export function buildStructureDefinition(base: R4Base, version: string, profile: Profile): StructureDefinition {
  const { id, type, title, description, context, differences } = profile
  const element = snapshotOf(base, type, differences)
  return {
    ...headOf('StructureDefinition', id, version),
    title,
    status: 'active',
    experimental: false,
    description,
    fhirVersion: '4.0.1',
    kind: type === 'Extension' ? 'complex-type' : 'resource',
    abstract: false,
    ...(context && { context: context.map((expression) => ({ type: 'element' as const, expression })) }),
    type,
    baseDefinition: `http://hl7.org/fhir/StructureDefinition/${type}`,
    derivation: 'constraint',
    snapshot: { element },
    differential: { element: differentialOf(element, differences) },
  }
}
