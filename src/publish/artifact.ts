import type { CodeSystem, Questionnaire, ValueSet } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'

/** A resource that Kizuna publishes under its canonical base. */
export type Artifact = Questionnaire | CodeSystem | ValueSet

/** What every published artifact begins with. `name` is a token that code generators may use: `answer-mibs-j` → `AnswerMibsJ`. */
export function headOf<Type extends Artifact['resourceType']>(resourceType: Type, id: string, version: string) {
  const name = id.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())
  return { resourceType, id, url: `${BASE}/${resourceType}/${id}`, version, name, publisher: 'Kizuna' } as const
}

export const systemOf = (id: string): string => `${BASE}/CodeSystem/${id}`

/** The category of everything that a questionnaire measures. */
export const SURVEY = { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' } as const
