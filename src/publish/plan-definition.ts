import type { PlanDefinition, PlanDefinitionAction } from 'fhir/r4.js'
import { canonicalOf, type Instrument, type Words } from '../instrument/instrument.ts'
import type { Schedule, Visit } from '../schedule/schedule.ts'
import { headOf } from './artifact.ts'
import { translationsOf } from './translation.ts'

const PLAN_TYPE = { system: 'http://terminology.hl7.org/CodeSystem/plan-definition-type', code: 'clinical-protocol' }
const UNITS = { d: 'day', wk: 'week', mo: 'month' } as const

const RESEARCH = 'A calendar of research, not of care.'
const CHOICE = 'Each visit uses one of the instruments named; which one is the choice of the site.'

/**
 * A screening schedule as a plan: one action for each visit, and in it one for each form. `instruments` holds the newest version of each: that is meant.
 * A calendar of research is experimental: nobody is to be called in because of it.
 * @see https://hl7.org/fhir/R4/plandefinition.html
 */
export function buildPlanDefinition(schedule: Schedule, instruments: readonly Instrument[]): PlanDefinition {
  const { id, version, title, source, daysSource, purpose, selection } = schedule
  return {
    ...headOf('PlanDefinition', id, version),
    language: 'en',
    title: title.en,
    ...japanese('_title', title),
    type: { coding: [PLAN_TYPE] },
    status: 'active',
    experimental: purpose === 'research',
    subjectCodeableConcept: { coding: [{ system: 'http://hl7.org/fhir/resource-types', code: 'Patient' }] },
    description: [
      ...(purpose === 'research' ? [RESEARCH] : []),
      ...(selection === 'exactly-one' ? [CHOICE] : []),
      `Source: ${source}.`,
      `Days on which a form is a visit's: ${daysSource}.`,
    ].join(' '),
    relatedArtifact: [{ type: 'citation', citation: source }],
    action: schedule.visits.map((visit) => visitAction(schedule, visit, instruments)),
  }
}

function visitAction({ selection, others }: Schedule, visit: Visit, instruments: readonly Instrument[]): PlanDefinitionAction {
  const { title, after, days } = visit
  return {
    id: visit.id,
    title: title.en,
    ...japanese('_title', title),
    description: daysText(days),
    ...(after && {
      trigger: [{ type: 'named-event' as const, name: after.event }],
      timingDuration: { value: after.value, unit: UNITS[after.unit], system: 'http://unitsofmeasure.org', code: after.unit },
    }),
    groupingBehavior: 'logical-group',
    selectionBehavior: selection,
    action: [...others.map(otherAction), ...visit.instruments.map((id) => instrumentAction(instruments.find((one) => one.id === id)!))],
  }
}

/** Day 0 is the day of birth; before it days are negative. */
const daysText = ([first, last]: Visit['days']): string =>
  `Due from day ${first} to day ${last}, birth (before it the due date) being day 0.`

const otherAction = ({ title, note }: Schedule['others'][number]): PlanDefinitionAction => ({
  title: title.en,
  ...japanese('_title', title),
  description: note,
})

const instrumentAction = (instrument: Instrument): PlanDefinitionAction => ({
  title: instrument.shortTitle.en,
  ...japanese('_title', instrument.shortTitle),
  definitionCanonical: canonicalOf(instrument),
})

const japanese = <Name extends string>(name: Name, { en, ja }: Words) => translationsOf(name, { text: en, others: [['ja', ja]] })
