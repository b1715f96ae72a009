import type { Questionnaire, Reference } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import type { Binding } from '../instrument/binding.ts'
import type { Instrument, Language, Words } from '../instrument/instrument.ts'
import type { TextPack } from '../instrument/text-pack.ts'
import type { AbsenceCodes } from '../schedule/absence.ts'
import type { Schedule } from '../schedule/schedule.ts'
import type { SafetyIndex } from '../score/safety-answers.ts'
import type { RuleSet, ThresholdPolicy, Tier } from './rule-set.ts'
import type { SiteNumbers } from './site-policy.ts'

/** What a site decides; the site file as read and checked by the shell. */
export interface Site extends SiteNumbers {
  /** Language of written text (rationale, mitigation). */
  readonly language: Language
  readonly name?: string
  /** EPDS threshold; unset: by the language of each response. */
  readonly thresholdPolicy?: ThresholdPolicy
  /** For servers that refuse a prediction without a probability: 0 to 100 % stands where none is known. */
  readonly demandsProbability?: boolean
  /** Adds the JP Core category to Observations. */
  readonly jpCore?: boolean
  /** Days for which a woman's latest result per instrument counts towards her tier. */
  readonly tierWindowDays: number
  /** Id of the schedule in use; unset: ACOG's. */
  readonly schedule?: string
  /** Codes with which the site records that a child was lost, has died or lives elsewhere. */
  readonly noInfantCodes?: AbsenceCodes
  /** The site's own wording of a tier's action. */
  readonly actions?: Readonly<Partial<Record<Tier, Words>>>
  /** What the site does on a safety answer, and whom to call. */
  readonly safetyText?: Words
  readonly contacts?: readonly { readonly name: string; readonly phone: string }[]
  /** Origins of record systems that may show the app in a frame, where it is served from here. */
  readonly frameAncestors?: readonly string[]
  /** Minutes without a touch after which an unfinished form goes to the clinician as it is. */
  readonly idleMinutes: number
  /** What is written when a safety answer speaks, besides its results; unset: nothing. */
  readonly onImmediate?: OnImmediate
  /** Writes an AuditEvent beside the Provenance of every write. */
  readonly auditEvents?: boolean
  /** Told of an immediate result that nobody at a screen has seen, and again while nobody acknowledges it. */
  readonly alertWebhook?: string
  /** Who writes results when app and service hear of the same response. */
  readonly writer: 'app' | 'service'
  /** Folders of the site's own instruments, bindings and text packs. */
  readonly instruments?: string
  readonly bindings?: string
  readonly packs?: string
}

/** A Task with owner and deadline, a Flag, or nothing. */
export interface OnImmediate {
  readonly kind: 'task' | 'flag' | 'none'
  /** Of the Task: whom it is for. */
  readonly owner?: Reference
  /** Minutes to the Task's deadline; 30 unless set. */
  readonly dueMinutes?: number
  /** Minutes after which it is shown as escalated. */
  readonly escalateAfterMinutes?: number
  /** Who has the Task from then on. */
  readonly escalateTo?: Reference
}

export const DEFAULT_SITE: Site = { language: 'en', tierWindowDays: 90, idleMinutes: 30, writer: 'app' }

/** Everything that an assessment depends on besides the response and her history. Made once by each shell. */
export interface Knowledge {
  readonly instruments: readonly Instrument[]
  /** Forms of others that stand for instruments; the site's own first. */
  readonly bindings: readonly Binding[]
  /** Definitions of outside forms that came along. */
  readonly forms?: readonly Questionnaire[]
  readonly textPacks: readonly TextPack[]
  readonly schedules: readonly Schedule[]
  readonly ruleSet: RuleSet
  /** SHA-256 of the rule set's file, hex. */
  readonly ruleSetHash: string
  /** SHA-256 of the site's own numbers (`ownNumbersText`), hex; absent when it has none. */
  readonly ownNumbersHash?: string
  readonly safetyIndex: SafetyIndex
  readonly site: Site
  /** Version of this software. */
  readonly softwareVersion: string
  /** R4 validity of one resource. */
  readonly check: (resource: unknown) => Issue[]
}

const DEFAULT_SCHEDULE = 'acog'

/** The screening schedule in use: the site's, else ACOG's: the language of a site changes no number. The site file names one that exists: `loadSite` has seen to that. */
export const scheduleInUse = ({ schedules, site }: Pick<Knowledge, 'schedules' | 'site'>): Schedule =>
  schedules.find(({ id }) => id === (site.schedule ?? DEFAULT_SCHEDULE))!

/** The linkIds that safety rules read. */
export const safetyItemsOf = (ruleSet: RuleSet): readonly string[] =>
  ruleSet.rules.flatMap(({ when }) => (when.op === 'safety-item' ? when.items : []))
