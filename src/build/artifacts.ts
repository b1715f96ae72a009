import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadArtifactSources } from '../load-installed.ts'
import type { Artifact } from '../publish/artifact.ts'
import { artifactName, buildArtifacts } from '../publish/build-artifacts.ts'
import { RESOURCES } from '../resources.ts'
import { writeClinicianPages } from './clinician-pages.ts'

/** The text of a generated file: what is committed, compared and packaged. */
export const artifactText = (artifact: Artifact): string => `${JSON.stringify(artifact, null, 2)}\n`

/** Writes each artifact into the folder as `<ResourceType>-<id>.json` and returns the names; doing it twice changes nothing. */
export function writeArtifacts(artifacts: readonly Artifact[], folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  for (const artifact of artifacts) writeFileSync(join(folder, artifactName(artifact)), artifactText(artifact))
  return artifacts.map(artifactName)
}

// `node src/build/artifacts.ts` brings resources/fhir and the clinician's pages into step; a test fails while they are not.
if (import.meta.main) {
  writeClinicianPages()
  writeArtifacts(buildArtifacts(loadArtifactSources()), join(RESOURCES, 'fhir'))
}
