import type { FhirResource, Patient, QuestionnaireResponse, RelatedPerson } from 'fhir/r4.js'
import { assess } from '../../assess.ts'
import { isBroken } from '../../errors.ts'
import { type Pending, pendingOf } from '../../fhir/pending.ts'
import { type Standing, type StandingSources, standingOf } from '../../fhir/standing.ts'
import type { Instrument } from '../../instrument/instrument.ts'
import { typeOf } from '../../json-object.ts'
import { type Knowledge, scheduleInUse } from '../../risk/knowledge.ts'
import { dueOf, type Plan } from '../../schedule/due.ts'
import { dayWhere } from '../../trajectory/calendar.ts'
import { knownOf } from '../../trajectory/history.ts'
import { type Course, courseOf, type TimePoint, timePointOf } from '../../trajectory/time-point.ts'
import type { PatientRecord } from '../clinic.ts'
import { currentEpisode, type Panel, panelsOf } from './panel.ts'
import { type Point, pointsOf } from './points.ts'

/** Everything the chart shows, made of what was read. */
export interface Chart {
  readonly patient: Patient
  readonly infants: readonly RelatedPerson[]
  readonly record: PatientRecord
  /** Where she is today. */
  readonly today: TimePoint
  readonly standing: Standing
  readonly standingSources: StandingSources
  /** When it was read, as FHIR instant. */
  readonly now: string
  readonly pending: readonly Pending[]
  /** The schedule in use, as it stands for her. */
  readonly plan: Plan
  /** Forms that were refused: they have a time, and no number. */
  readonly unscored: readonly Unscored[]
  /** All her scores, oldest first. */
  readonly points: readonly Point[]
  /** Scores of the present episode, a panel a scale. */
  readonly panels: readonly Panel[]
  /** How many scores belong to another birth, and stand in the table only. */
  readonly elsewhere: number
}

/** A form that could not be scored, where it lies on the time axis. */
export interface Unscored {
  readonly response: QuestionnaireResponse
  readonly instrument: Instrument
  readonly day: number
}

/** What is looked at first: mood, then the subscale that came before depressive symptoms in the study, then affection. */
export const FIRST_SCALES = ['epds-total', 'mibs-j-ar', 'mibs-j-la']

/** Of a record as a server gives it: where something in it cannot be read, the chart is made of all that is R4, and names the types that are missing. */
export function chartOf(knowledge: Knowledge, record: PatientRecord, now: string): Chart {
  try {
    return chartOfReadable(knowledge, record, now)
  } catch (fault) {
    const readable = readableIn(knowledge, record)
    if (readable.broken === undefined) throw fault
    return chartOfReadable(knowledge, readable, now)
  }
}

function readableIn({ check }: Knowledge, record: PatientRecord): PatientRecord {
  const broken = new Set<string>()
  const readable = <R extends FhirResource>(resources: readonly R[], type?: string): R[] =>
    resources.filter((one) => {
      const isFine = !isBroken(check(one))
      if (!isFine) broken.add(type ?? typeOf(one))
      return isFine
    })
  const { history, infants, assessments, responses, tasks } = record
  const rest = {
    history: readable(history),
    infants: readable(infants, 'RelatedPerson'),
    assessments: readable(assessments, 'RiskAssessment'),
    responses: readable(responses, 'QuestionnaireResponse'),
    ...(tasks && { tasks: readable(tasks, 'Task') }),
  }
  return { ...record, ...rest, ...(broken.size > 0 && { broken: [...broken].sort() }) }
}

function chartOfReadable(knowledge: Knowledge, record: PatientRecord, now: string): Chart {
  const { instruments, site } = knowledge
  const { patient, infants, history, assessments, responses } = record
  const known = knownOf(history, { reference: `Patient/${patient.id}` }, now)
  const course = courseOf(known, now)
  const plan = planOf(knowledge, record, now)
  const points = pointsOf(instruments, known, course, now)
  const present = currentEpisode(points)
  const pending = pendingOf({ instruments, assessments, responses }, (response) =>
    assess(knowledge, response, [...history, ...assessments]),
  )
  const standingSources = { instruments, assessments, observations: known.observations, responses, now, windowDays: site.tierWindowDays }
  return {
    patient,
    infants,
    record,
    today: timePointOf(course, now, now),
    now,
    plan,
    unscored: unscoredOf(pending, course, now),
    standingSources,
    standing: standingOf(standingSources),
    pending,
    points,
    panels: panelsOf({ known, course, instruments }, present, FIRST_SCALES),
    elsewhere: points.length - present.length,
  }
}

/** Her schedule, with every response of hers among what is known. */
function planOf(knowledge: Knowledge, { patient, history, responses }: PatientRecord, now: string): Plan {
  const others = history.filter(({ resourceType }) => resourceType !== 'QuestionnaireResponse')
  const known = knownOf([...others, ...responses], { reference: `Patient/${patient.id}` }, now)
  const { instruments, site } = knowledge
  return dueOf(scheduleInUse(knowledge), { instruments, known, now, ...(site.noInfantCodes && { absenceCodes: site.noInfantCodes }) })
}

const unscoredOf = (pending: readonly Pending[], course: Course, now: string): Unscored[] =>
  pending.flatMap(({ response, instrument, result }) => {
    const { authored } = response
    const calendarDay = authored === undefined ? undefined : dayWhere(authored, now)
    if (instrument === undefined || authored === undefined || calendarDay === undefined || result.outcome !== 'refused') return []
    return [{ response, instrument, day: timePointOf(course, authored, now).day ?? calendarDay }]
  })
