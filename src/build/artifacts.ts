import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artifact } from '../publish/artifact.ts'
import { type ArtifactSources, artifactName, buildArtifacts } from '../publish/build-artifacts.ts'
import type { Codes } from '../publish/code-system.ts'
import type { R4Base } from '../publish/snapshot.ts'
import {
  loadInstruments,
  loadPublication,
  loadRuleSet,
  loadRuleSetText,
  loadSchedules,
  loadTextPacks,
  RESOURCES,
  readResource,
} from '../resources.ts'
import { writeClinicianPages } from './clinician-pages.ts'

/** What the published artifacts are made of, from `resources/`. */
export const loadSources = (): ArtifactSources => ({
  ...loadRuleSet(),
  ruleSetText: loadRuleSetText(),
  publication: loadPublication(),
  instruments: loadInstruments(),
  textPacks: loadTextPacks(),
  codes: readResource<Codes>('codes.json'),
  schedules: loadSchedules(),
  r4Base: readResource<R4Base>('schemas', 'r4-base.json'),
})

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
  writeArtifacts(buildArtifacts(loadSources()), join(RESOURCES, 'fhir'))
  writeClinicianPages()
}
