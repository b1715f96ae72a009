import type { CodeableConcept, Meta, Observation, Quantity, QuestionnaireResponse, Reference } from 'fhir/r4.js'
import type { CutOff, Scale } from '../instrument/instrument.ts'
import type { Assessment } from '../risk/assessment.ts'
import { cutOffNamed } from '../risk/cut-off.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import { softwareReference } from '../score/identity.ts'
import { METHOD_SYSTEM, TEXT_STATUS_SYSTEM } from '../trajectory/earlier-scores.ts'

export type ResultStatus = 'preliminary' | 'final' | 'amended' | 'entered-in-error'

/** How one result names another: `urn:uuid:` in a transaction, `Type/id` once it is on a server. */
export type Link = (type: 'Observation' | 'RiskAssessment', value: string) => Reference

const STATUS: Record<QuestionnaireResponse['status'], ResultStatus> = {
  'in-progress': 'preliminary',
  stopped: 'preliminary',
  completed: 'final',
  amended: 'amended',
  'entered-in-error': 'entered-in-error',
}

/** The status of results follows that of the response. */
export const statusOf = ({ context }: Assessment): ResultStatus => STATUS[context.status]

/** At most two decimals: more would be arithmetic, not measurement. */
export const points = (value: number): Quantity => ({
  value: Math.round(value * 100) / 100,
  unit: 'score',
  system: 'http://unitsofmeasure.org',
  code: '{score}',
})

export const US_CORE_SCREENING = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-screening-assessment'
const hasDay = (dateTime: string): boolean => dateTime.length >= 10
export const hasZone = (dateTime: string): boolean => /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(dateTime)

/** Text status of the wording; the US Core profile for Observations, which wants a date to the day. */
export function metaOf({ context }: Assessment, profile?: string): Meta {
  return {
    ...(profile !== undefined && hasDay(context.authored) && { profile: [profile] }),
    tag: [{ system: TEXT_STATUS_SYSTEM, code: context.textStatus }],
  }
}

/** What every Observation of one response has in common. */
export function observationFrame(knowledge: Knowledge, { context }: Assessment): Partial<Observation> {
  const { id, version, shortTitle } = context.instrument
  return {
    category: categoriesOf(knowledge),
    subject: context.subject,
    ...(context.encounter && { encounter: context.encounter }),
    effectiveDateTime: context.authored,
    ...(hasZone(context.authored) && { issued: context.authored }),
    method: { coding: [{ system: METHOD_SYSTEM, version, code: id, display: `${shortTitle.en} ${version}` }] },
    device: softwareReference(knowledge.softwareVersion),
    derivedFrom: [context.responseReference],
  }
}

function categoriesOf({ site }: Knowledge): CodeableConcept[] {
  const survey = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'survey', display: 'Survey' }] }
  const japan = { coding: [{ system: 'http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS', code: 'survey' }] }
  return site.jpCore === true ? [survey, japan] : [survey]
}

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
