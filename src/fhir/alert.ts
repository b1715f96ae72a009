import type { Flag, Reference, Task } from 'fhir/r4.js'
import { json } from '../json.ts'
import type { Assessment, Refusal, Result } from '../risk/assessment.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { resultIdentifier, resultPrefixOf, resultValue, softwareReference } from '../score/identity.ts'
import { ACKNOWLEDGEMENT, type Alerted, alertText, buildAcknowledgement } from './acknowledgement.ts'
import type { BuiltResult, Link } from './result-parts.ts'
import { TIER_SYSTEM } from './risk-assessment.ts'

/** Roles of what asks for somebody now. */
export const FLAG = 'flag'
export const ALERT_ROLES = { Task: ACKNOWLEDGEMENT, Flag: FLAG } as const

/**
 * What the site wants written when a safety answer speaks (site setting `onImmediate`): a Task, a Flag, or nothing. It waits for no score: an
 * unfinished, an incomplete and a refused form have it too, the last where it says whom it is about.
 */
export function buildAlerts(knowledge: Knowledge, result: Result, link: Link, recorded: string): BuiltResult<Task | Flag>[] {
  const kind = knowledge.site.onImmediate?.kind ?? 'none'
  const about = result.risk.tier === 'immediate' && kind !== 'none' ? alertedBy(result, link) : undefined
  if (about === undefined) return []
  const value = `${about.resultPrefix}.${kind === 'task' ? ACKNOWLEDGEMENT : FLAG}`
  return kind === 'task'
    ? [{ value, type: 'Task', text: json(buildAcknowledgement(knowledge, about, recorded)) }]
    : [{ value, type: 'Flag', text: json(buildFlag(knowledge, about, value, recorded)) }]
}

function alertedBy(result: Result, link: Link): Alerted | undefined {
  const rules = result.risk.verdicts.flatMap(({ id, verdict, tier }) => (verdict === 'fired' && tier === 'immediate' ? [id] : []))
  if (result.outcome !== 'refused') return { ...whoOf(result, link), rules }
  const { about, received } = result
  if (about === undefined) return undefined
  const authored = (received as { authored?: unknown }).authored
  return {
    resultPrefix: resultPrefixOf(about.identity),
    subject: about.subject,
    focus: about.responseReference,
    rules,
    ...(typeof authored === 'string' && { authored }),
  }
}

function whoOf({ context }: Assessment, link: Link): Omit<Alerted, 'rules'> {
  const { identity, subject, authored, encounter } = context
  const focus: Reference = link('RiskAssessment', resultValue(identity!, 'risk'))
  return { resultPrefix: resultPrefixOf(identity!), subject, focus, authored, ...(encounter && { encounter }) }
}

/** @see https://hl7.org/fhir/R4/flag.html */
function buildFlag(knowledge: Knowledge, about: Alerted, value: string, recorded: string): Flag {
  const { title } = knowledge.ruleSet.tiers.find(({ id }) => id === 'immediate')!
  return {
    resourceType: 'Flag',
    identifier: [resultIdentifier(value)],
    status: 'active',
    category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/flag-category', code: 'safety', display: 'Safety' }] }],
    code: {
      coding: [{ system: TIER_SYSTEM, code: 'immediate', display: title.en }],
      text: alertText(knowledge, about, recorded),
    },
    subject: about.subject,
    period: { start: recorded },
    ...(about.encounter && { encounter: about.encounter }),
    author: softwareReference(knowledge.softwareVersion),
  }
}

/** Which alerts a server may hold of this response: those that are to be written now, and those that a retraction has to reach. */
export function alertValuesOf(result: Result): string[] {
  const identity = identityIn(result)
  const speaks = result.risk.tier === 'immediate' || result.outcome === 'retracted'
  return identity === undefined || !speaks ? [] : Object.values(ALERT_ROLES).map((role) => resultValue(identity, role))
}

export const identityIn = (result: Assessment | Refusal): string | undefined =>
  result.outcome === 'refused' ? result.about?.identity : result.context.identity
