import type { Instrument } from '../instrument/instrument.ts'
import { newestOf } from '../instrument/newest.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { Artifact, Publication } from './artifact.ts'
import { buildServerRequirements, buildServiceCapabilities } from './capability-statement.ts'
import { buildCodeSystems, buildInstrumentCodeSystems, type Codes } from './code-system.ts'
import { buildScoreConceptMap } from './concept-map.ts'
import { buildImplementationGuide } from './implementation-guide.ts'
import { buildRuleLibrary, type RuleSetSource } from './library.ts'
import { buildObservationDefinition } from './observation-definition.ts'
import { buildExtractOperation, buildPopulateOperation, buildScoreOperation } from './operation-definition.ts'
import { buildPlanDefinition } from './plan-definition.ts'
import { PROFILES } from './profiles.ts'
import { buildQuestionnaire } from './questionnaire.ts'
import type { R4Base } from './snapshot.ts'
import { buildStructureDefinition } from './structure-definition.ts'
import { buildAnswerValueSets } from './value-set.ts'
import { wordingOf } from './wording.ts'

/** What the artifacts are made of, and nothing else: the same sources give the same artifacts. */
export interface ArtifactSources extends RuleSetSource {
  readonly publication: Publication
  readonly instruments: readonly Instrument[]
  readonly textPacks: readonly TextPack[]
  readonly codes: Codes
  readonly schedules: readonly Schedule[]
  readonly r4Base: R4Base
}

/**
 * Every artifact that the instruments, their wording, the rules and the schedules define, by type and id. The sources have been checked.
 * The newest version of an instrument has the plain ids (`epds`), an older one its version in them (`epds-1.0.0`): urls never differ.
 */
export function buildArtifacts(sources: ArtifactSources): Artifact[] {
  const { publication, instruments, textPacks } = sources
  const published = instruments.filter((instrument) => wordingOf(instrument, textPacks) !== undefined)
  const newest = newestOf(published)
  const artifacts: Artifact[] = [
    ...published.flatMap((instrument) => {
      const own = instrumentArtifacts(instrument, textPacks)
      return newest.includes(instrument) ? own : own.map((artifact) => ({ ...artifact, id: `${artifact.id}-${instrument.version}` }))
    }),
    ...sharedArtifacts(sources),
    ...plans(sources, newest),
  ]
  return [...artifacts, buildImplementationGuide(publication, byName(artifacts))].toSorted(inOrder)
}

const byName = (artifacts: readonly Artifact[]): Artifact[] => artifacts.toSorted(inOrder)
const inOrder = (a: Artifact, b: Artifact): number => (artifactName(a) < artifactName(b) ? -1 : 1)

function instrumentArtifacts(instrument: Instrument, textPacks: readonly TextPack[]): Artifact[] {
  const wording = wordingOf(instrument, textPacks)!
  return [
    buildQuestionnaire(instrument, wording),
    ...buildInstrumentCodeSystems(instrument, wording),
    ...buildAnswerValueSets(instrument, wording),
    ...instrument.scales.map((scale) => buildObservationDefinition(instrument, scale)),
  ]
}

/** Where versions give one code different words, the newest has the say; what only an older one has stays, for its results do. */
function newestFirst(instruments: readonly Instrument[]): Instrument[] {
  const newest = newestOf(instruments)
  return [...newest, ...instruments.filter((one) => !newest.includes(one))]
}

/** What holds whatever wording is installed. */
function sharedArtifacts({ publication, ruleSet, codes, r4Base, ...sources }: ArtifactSources): Artifact[] {
  const { version } = publication
  const instruments = newestFirst(sources.instruments)
  return [
    ...buildCodeSystems(codes, instruments, ruleSet),
    buildScoreConceptMap(instruments, codes.version),
    ...PROFILES.map((profile) => buildStructureDefinition(r4Base, version, profile)),
    buildScoreOperation(version),
    buildPopulateOperation(version),
    buildExtractOperation(version),
    buildServerRequirements(publication),
    buildServiceCapabilities(publication),
  ]
}

/** What names Questionnaires: only those that are published. */
function plans(sources: ArtifactSources, published: readonly Instrument[]): Artifact[] {
  const isPublished = (id: string): boolean => published.some((one) => one.id === id)
  const schedules = sources.schedules.filter(({ visits }) => visits.every(({ instruments }) => instruments.every(isPublished)))
  return [buildRuleLibrary(sources, published), ...schedules.map((schedule) => buildPlanDefinition(schedule, published))]
}

/** The name of its file under `resources/fhir`, e.g. `Questionnaire-epds.json`. */
export const artifactName = ({ resourceType, id }: Artifact): string => `${resourceType}-${id}.json`
