import type { QuestionnaireResponse } from 'fhir/r4.js'
import type { Words } from '../instrument/instrument.ts'
import type { Tier } from '../risk/rule-set.ts'

/** Days from today; negative: before. */
export type DayOffset = number

/** A name in one script; the first of several is the one she uses. */
export interface StoryName {
  readonly family?: string
  readonly given: readonly string[]
  /** As in FHIR's EN-representation: `IDE` kanji and kana, `ABC` Latin letters. */
  readonly script?: 'IDE' | 'ABC' | 'SYL'
}

/** What the rules must make of a response, reasoned from their text and not from their code. */
export interface Expectation {
  readonly tier: Tier
  /** Ids of the rules that fire, each once. */
  readonly fired: readonly string[]
  readonly outcome?: 'scored' | 'incomplete' | 'retracted'
  /** Codes of issues that must be among those raised. */
  readonly issues?: readonly string[]
}

export interface StoryInfant {
  readonly id: string
  readonly names: readonly StoryName[]
  readonly born: DayOffset
  readonly died?: DayOffset
  readonly sex: 'female' | 'male'
}

/** What an amended or retracted response said before. */
export interface StoryVersion {
  readonly status: QuestionnaireResponse['status']
  readonly answers: string
  readonly expect: Expectation
}

export interface StoryResponse {
  readonly instrument: string
  readonly day: DayOffset
  /** `HH:MM` in the zone of the stories. */
  readonly time: string
  /** Absent: the mother's. */
  readonly language?: string
  /** Absent: completed. */
  readonly status?: QuestionnaireResponse['status']
  /** Who entered the answers: the mother unless said; the midwife, from paper; the partner, in the mother's place. */
  readonly by?: 'mother' | 'midwife' | 'partner'
  /** The infant that it names. */
  readonly infant?: string
  /** One character an item, in order: the weight chosen, or the letter of the printed option where there is none; `_` unanswered, `x` declined. */
  readonly answers: string
  readonly before?: StoryVersion
  readonly expect: Expectation
}

/** One synthetic mother: who she is, what is on record, what was answered. */
export interface Story {
  readonly id: string
  /** Her medical record number. */
  readonly mrn: string
  readonly names: readonly StoryName[]
  readonly birthDate: string
  readonly language: 'en' | 'ja'
  /** What her chart shows, without judgement. */
  readonly story: Words
  readonly infants?: readonly StoryInfant[]
  readonly partner?: { readonly id: string; readonly names: readonly StoryName[] }
  /** What the hospital recorded, besides her infants. */
  readonly facts?: readonly { readonly kind: 'delivery' | 'due-date'; readonly day: DayOffset }[]
  /** In the order in which they were answered. */
  readonly responses: readonly StoryResponse[]
}

export interface StoryPractitioner {
  readonly id: string
  readonly names: readonly StoryName[]
  readonly role: Words
}

/** What `resources/sandbox/mothers.json` holds; its schema stands in `resources/schemas/mothers.json`. */
export interface Stories {
  /** The offset of every time, e.g. `+09:00`. */
  readonly zone: string
  readonly practitioners: readonly StoryPractitioner[]
  readonly mothers: readonly Story[]
}
