import type { Patient, RelatedPerson } from 'fhir/r4.js'
import { assess } from '../../assess.ts'
import { type Pending, pendingOf } from '../../fhir/pending.ts'
import { type Standing, type StandingSources, standingOf } from '../../fhir/standing.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { knownOf } from '../../trajectory/history.ts'
import { courseOf, type TimePoint, timePointOf } from '../../trajectory/time-point.ts'
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
  /** All her scores, oldest first. */
  readonly points: readonly Point[]
  /** Scores of the present episode, a panel a scale. */
  readonly panels: readonly Panel[]
  /** How many scores belong to another birth, and stand in the table only. */
  readonly elsewhere: number
}

/** What is looked at first: mood, then the subscale that came before depressive symptoms in the study, then affection. */
export const FIRST_SCALES = ['epds-total', 'mibs-j-ar', 'mibs-j-la']

export function chartOf(knowledge: Knowledge, record: PatientRecord, now: string): Chart {
  const { instruments, site } = knowledge
  const { patient, infants, history, assessments, responses } = record
  const known = knownOf(history, { reference: `Patient/${patient.id}` }, now)
  const course = courseOf(known, now)
  const points = pointsOf(instruments, known, course, now)
  const present = currentEpisode(points)
  const standingSources = { instruments, assessments, observations: known.observations, responses, now, windowDays: site.tierWindowDays }
  return {
    patient,
    infants,
    record,
    today: timePointOf(course, now, now),
    now,
    standingSources,
    standing: standingOf(standingSources),
    pending: pendingOf({ instruments, assessments, responses }, (response) => assess(knowledge, response, [...history, ...assessments])),
    points,
    panels: panelsOf({ known, course, instruments }, present, FIRST_SCALES),
    elsewhere: points.length - present.length,
  }
}
