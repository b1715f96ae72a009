import type { Instrument } from '../instrument/instrument.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import type { Artifact } from './artifact.ts'
import { buildCodeSystems, buildInstrumentCodeSystems, type Codes } from './code-system.ts'
import { buildQuestionnaire } from './questionnaire.ts'
import { buildAnswerValueSets } from './value-set.ts'
import { wordingOf } from './wording.ts'

/** What the artifacts are made of, and nothing else: the same sources give the same artifacts. */
export interface ArtifactSources {
  readonly instruments: readonly Instrument[]
  readonly textPacks: readonly TextPack[]
  readonly ruleSet: RuleSet
  readonly codes: Codes
}

/** Every artifact that the instruments, their wording and the rules define, by type and id. The sources have been checked. */
export function buildArtifacts({ instruments, textPacks, ruleSet, codes }: ArtifactSources): Artifact[] {
  const artifacts: Artifact[] = [
    ...instruments.flatMap((instrument) => instrumentArtifacts(instrument, textPacks)),
    ...buildCodeSystems(codes, instruments, ruleSet),
  ]
  return artifacts.toSorted((a, b) => (artifactName(a) < artifactName(b) ? -1 : 1))
}

function instrumentArtifacts(instrument: Instrument, textPacks: readonly TextPack[]): Artifact[] {
  const wording = wordingOf(instrument, textPacks)
  if (wording === undefined) return []
  return [
    buildQuestionnaire(instrument, wording),
    ...buildInstrumentCodeSystems(instrument, wording),
    ...buildAnswerValueSets(instrument, wording),
  ]
}

/** The name of its file under `resources/fhir`, e.g. `Questionnaire-epds.json`. */
export const artifactName = ({ resourceType, id }: Artifact): string => `${resourceType}-${id}.json`
