import type { CodeableConcept, Extension, Identifier, Meta, Quantity, QuestionnaireResponse, Reference } from 'fhir/r4.js'
import type { CutOff, Scale } from '../instrument/instrument.ts'
import { type Json, json, list, object, plain, word } from '../json.ts'
import { once, remembered } from '../once.ts'
import type { Assessment, ResultResource } from '../risk/assessment.ts'
import { cutOffNamed } from '../risk/cut-off.ts'
import type { Knowledge, Site } from '../risk/knowledge.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import { type Context, INFANT_EXTENSION } from '../score/context.ts'
import { RESULT_SYSTEM, resultValue, softwareReference } from '../score/identity.ts'
import { LANGUAGE_EXTENSION, PROXY_EXTENSION, TEXT_STATUS_SYSTEM } from '../trajectory/earlier-scores.ts'

/** One resource that a response results in, as text, under its identifier value. */
export interface BuiltResult<R extends ResultResource = ResultResource> {
  readonly value: string
  readonly type: R['resourceType']
  readonly text: Json<R>
}

export type ResultStatus = 'preliminary' | 'final' | 'amended' | 'entered-in-error'

/** How one result names another: `urn:uuid:` in a transaction, `Type/id` once it is on a server. */
export type Link = (type: 'Observation' | 'RiskAssessment', value: string) => Reference

/** How results name each other, and under which ids they are to stand where those are ours to choose. */
export interface Naming {
  readonly link: Link
  readonly idOf: (type: 'Observation' | 'RiskAssessment', value: string) => string | undefined
}

const STATUS: Record<QuestionnaireResponse['status'], ResultStatus> = {
  'in-progress': 'preliminary',
  stopped: 'preliminary',
  completed: 'final',
  amended: 'amended',
  'entered-in-error': 'entered-in-error',
}

/** At most two decimals: more would be arithmetic, not measurement. */
export const points = (value: number): Quantity => ({
  value: Math.round(value * 100) / 100,
  unit: 'score',
  system: 'http://unitsofmeasure.org',
  code: '{score}',
})

/** What the results of one response have in common; each part is made once. */
export interface Frame {
  readonly knowledge: Knowledge
  readonly assessment: Assessment
  readonly naming: Naming
  readonly meta: Json<Meta>
  readonly screeningMeta: Json<Meta>
  readonly about: Json<Extension[]> | undefined
  readonly status: Json<ResultStatus>
  readonly category: Json<CodeableConcept[]>
  readonly subject: Json<Reference>
  readonly encounter: Json<Reference> | undefined
  readonly authored: Json<string>
  readonly issued: Json<string> | undefined
  readonly device: Json<Reference>
  readonly response: Json<Reference>
  /** The Observations of all scores, in their order. */
  readonly scores: readonly Json<Reference>[]
}

/** The response has an identity: the caller has seen to that. */
export function frameOf(knowledge: Knowledge, assessment: Assessment, naming: Naming): Frame {
  const { context } = assessment
  const authored = json(context.authored)
  return {
    knowledge,
    assessment,
    naming,
    meta: metaOf(context.textStatus),
    screeningMeta: metaOf(context.textStatus, hasDay(context.authored) ? US_CORE_SCREENING : undefined),
    about: json(aboutOf(context)),
    status: word(STATUS[context.status]),
    category: categoriesOf(knowledge.site),
    subject: json(context.subject),
    encounter: context.encounter && json(context.encounter),
    authored,
    issued: hasZone(context.authored) ? authored : undefined,
    device: softwareText(knowledge.softwareVersion),
    response: json(context.responseReference),
    scores: assessment.scores.map(({ scale }) => json(naming.link('Observation', resultValue(context.identity!, scale.code)))),
  }
}

const US_CORE_SCREENING = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment'
const hasDay = (dateTime: string): boolean => dateTime.length >= 10
export const hasZone = (dateTime: string): boolean => /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(dateTime)

/** The text status of the wording; for Observations the US Core profile, which wants a date to the day. */
const metaOf = remembered(
  (textStatus: Context['textStatus'], profile?: string): Json<Meta> =>
    json({ ...(profile !== undefined && { profile: [profile] }), tag: [{ system: TEXT_STATUS_SYSTEM, code: textStatus }] }),
)

/** Kizuna in this version, as a device and as an agent. */
export const softwareText = remembered((version: string) => json(softwareReference(version)))

/** What a later reader needs to tell whether two scores may be compared. */
const aboutOf = ({ infant, language, proxy }: Context): Extension[] => [
  ...(infant ? [{ url: INFANT_EXTENSION, valueReference: infant }] : []),
  ...(language === undefined ? [] : [{ url: LANGUAGE_EXTENSION, valueCode: language }]),
  { url: PROXY_EXTENSION, valueBoolean: proxy },
]

const categoriesOf = once(({ jpCore }: Site): Json<CodeableConcept[]> => {
  const survey = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' }] }
  const japan = { coding: [{ system: 'http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS', code: 'survey' }] }
  return json(jpCore === true ? [survey, japan] : [survey])
})

/** What a result of this role is found by, and its id where that is ours to choose. */
export function namesOf({ assessment, naming }: Frame, type: 'Observation' | 'RiskAssessment', role: string) {
  const value = resultValue(assessment.context.identity!, role)
  const id = naming.idOf(type, value)
  const identifier = object<Identifier>({ system: SYSTEM, value: plain(value) })
  return { value, id: id === undefined ? undefined : plain(id), identifier: list([identifier]) }
}

const SYSTEM = json(RESULT_SYSTEM)

/**
 * The cut-off that interprets a score here and now: the site's policy for the EPDS, else the instrument's, either in the place of which a site may have put its own;
 * none for a proxy's answers and none outside the days it was studied on.
 */
export function cutOffInUse(ruleSet: RuleSet, { policy, timePoint, context }: Assessment, scale: Scale): CutOff | undefined {
  if (context.proxy || scale.interpretedBy === undefined) return undefined
  const { phase, day } = timePoint
  const name = scale.interpretedBy === 'threshold-policy' ? 'threshold' : scale.interpretedBy
  const cutOff = cutOffNamed({ ruleSet, policy, context, phase }, scale, name)
  if (cutOff.days === undefined) return cutOff
  const [first, last] = cutOff.days
  return phase === 'postpartum' && day !== undefined && day >= first && day <= last ? cutOff : undefined
}
