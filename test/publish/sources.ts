import { readFileSync } from 'node:fs'
import type { Questionnaire } from 'fhir/r4.js'
import type { Instrument } from '../../src/instrument/instrument.ts'
import type { TextPack } from '../../src/instrument/text-pack.ts'
import { loadArtifactSources } from '../../src/load-installed.ts'
import { buildArtifacts } from '../../src/publish/build-artifacts.ts'

export const readJson = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T

export const INSTRUMENTS = ['epds', 'infant-temperament', 'mibs-j', 'pbq', 'phq-9'] as const

export const sources = loadArtifactSources()
export const artifacts = buildArtifacts(sources)

/** A copy, which a test may spoil. */
export const instrumentOf = (id: string): Instrument => structuredClone(sources.instruments.find((instrument) => instrument.id === id)!)

export const packsOf = (id: string): TextPack[] => sources.textPacks.filter(({ instrument }) => instrument === id)

export const questionnaireOf = (id: string, of = artifacts): Questionnaire =>
  of.find((artifact): artifact is Questionnaire => artifact.resourceType === 'Questionnaire' && artifact.id === id)!

/** What `test/cases/instruments/<id>.json` holds: written from the literature, not from the instruments. */
export interface InstrumentCase {
  readonly source: string
  readonly answerSystem: string
  readonly items: Readonly<Record<string, Readonly<Record<string, number | null>>>>
  readonly scales: Readonly<Record<string, ScaleCase>>
}
export interface ScaleCase {
  readonly items: readonly string[]
  readonly range: readonly [number, number]
  readonly cutOffs: Readonly<Record<string, number>>
  readonly interpretedBy?: string
  readonly loinc?: string
  readonly totalLinkId?: string
}
export const caseOf = (id: string): InstrumentCase => readJson(`test/cases/instruments/${id}.json`)
