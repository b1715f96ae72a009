import type { ImplementationGuide, ImplementationGuideDefinitionResource } from 'fhir/r4.js'
import { type Artifact, headOf, type Publication } from './artifact.ts'

/**
 * The contents of the package, for what loads packages by their ImplementationGuide: its id is the package's, as the package specification asks.
 * @see https://hl7.org/fhir/R4/implementationguide.html
 */
export function buildImplementationGuide(publication: Publication, artifacts: readonly Artifact[]): ImplementationGuide {
  const { packageId, version, date, title, description, license, dependencies } = publication
  return {
    ...headOf('ImplementationGuide', packageId, version),
    title: title.en,
    status: 'active',
    experimental: false,
    date,
    description,
    packageId,
    license,
    fhirVersion: ['4.0.1'],
    dependsOn: dependencies.map(({ uri, packageId: id, version: wanted }) => ({ uri, packageId: id, version: wanted })),
    definition: { resource: artifacts.map(contentOf) },
  }
}

const contentOf = (artifact: Artifact): ImplementationGuideDefinitionResource => ({
  reference: { reference: `${artifact.resourceType}/${artifact.id}` },
  ...('title' in artifact && { name: artifact.title }),
  exampleBoolean: false,
})
