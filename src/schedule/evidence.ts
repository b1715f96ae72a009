import type { Instrument } from '../instrument/instrument.ts'
import { infantOf, isProxy } from '../score/context.ts'
import { readAnswers } from '../score/read-answers.ts'
import { referenceTarget } from '../score/reference.ts'
import { type Day, dayWhere } from '../trajectory/calendar.ts'
import { earlierScoreOf } from '../trajectory/earlier-scores.ts'
import type { Known } from '../trajectory/history.ts'

/** A form that she answered to the end: what counts as having been asked. */
export interface Evidence {
  readonly instrument: string
  readonly day: Day
  /** `RelatedPerson/<id>` or `Patient/<id>` of the infant it is about. */
  readonly infant?: string
  /** The Observation or the response that shows it. */
  readonly reference?: string
}

/**
 * The forms that she herself answered to the end, oldest first: by their totals (ours, and those of others that are recognised), else by the response
 * itself. A form with gaps or one that another answered is none of them: she has not been screened with it.
 */
export function evidenceOf(instruments: readonly Instrument[], known: Known, now: string): Evidence[] {
  const found = instruments.flatMap((instrument) => [...scoredOf(instrument, known, now), ...answeredOf(instrument, known, now)])
  return found.sort((one, other) => one.day - other.day)
}

function scoredOf(instrument: Instrument, { observations }: Known, now: string): Evidence[] {
  const [total] = instrument.scales
  if (total === undefined) return []
  return observations.flatMap((observation) => {
    const score = earlierScoreOf(observation, instrument, total)
    const day = score && dayWhere(score.effective, now)
    if (score === undefined || day === undefined || score.proxy) return []
    const { reference } = score.reference
    return [evidence(instrument, day, referenceTarget(score.infant), reference)]
  })
}

function answeredOf(instrument: Instrument, { responses }: Known, now: string): Evidence[] {
  const asked = instrument.scales[0]?.items ?? instrument.items.map(({ linkId }) => linkId)
  return responses.flatMap((response) => {
    const day = response.authored === undefined ? undefined : dayWhere(response.authored, now)
    const isOf = response.questionnaire?.includes(`/Questionnaire/${instrument.id}|`) ?? false
    if (!isOf || day === undefined || isProxy(response) || !['completed', 'amended'].includes(response.status)) return []
    const { options } = readAnswers(instrument, response)
    if (!asked.every((linkId) => options.has(linkId))) return []
    const reference = response.id === undefined ? undefined : `QuestionnaireResponse/${response.id}`
    return [evidence(instrument, day, referenceTarget(infantOf(response.extension)), reference)]
  })
}

const evidence = ({ id, aboutInfant }: Instrument, day: Day, infant: string | undefined, reference: string | undefined): Evidence => ({
  instrument: id,
  day,
  ...(aboutInfant && infant !== undefined && { infant }),
  ...(reference !== undefined && { reference }),
})

/** The days that an instrument asks about are the days that must lie between two of its forms: 7 for the EPDS, 14 for the PHQ-9. */
const recallDays = ({ recall }: Instrument): number => Number(/^P(\d+)D$/.exec(recall ?? '')?.[1] ?? 0)

/**
 * The first day on which an instrument may be asked again without looking back on the same days twice; absent when nothing holds it back. What has gaps holds
 * nothing back, so a safety item that was left out can be asked again the same day.
 */
export function askAgainFrom(instrument: Instrument, answered: readonly Evidence[], infant?: readonly string[]): Day | undefined {
  const last = answered.findLast((one) => one.instrument === instrument.id && isAbout(one, infant))
  const days = recallDays(instrument)
  return last === undefined || days === 0 ? undefined : last.day + days
}

/** `keys`: of one of several infants; only a form that names it is about it. */
export const isAbout = ({ infant }: Evidence, keys: readonly string[] | undefined): boolean =>
  keys === undefined || (infant !== undefined && keys.includes(infant))
