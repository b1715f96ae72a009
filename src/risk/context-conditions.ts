import type { QuestionnaireResponse, Reference } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import { remembered } from '../once.ts'
import { infantOf } from '../score/context.ts'
import { byTime, dayWhere } from '../trajectory/calendar.ts'
import { earlierScoresOf } from '../trajectory/earlier-scores.ts'
import { sameInfant } from '../trajectory/history.ts'
import { sameAnchor, timePointOf } from '../trajectory/time-point.ts'
import { reason } from './reason.ts'
import type { Condition } from './rule-set.ts'
import { IN_PREGNANCY, unknownTime } from './score-conditions.ts'
import { type Finding, fired, notEvaluated, notFired, type Situation } from './situation.ts'

type Of<Op extends Condition['op']> = Extract<Condition, { op: Op }>

/** A score that reached the threshold in use for it, earlier in the pregnancy that this birth ended; after `untilDay` a note. */
export function earlierInPregnancy({ instrument: id, score: code, untilDay }: Of<'earlier-in-pregnancy'>, { place }: Situation): Finding {
  const { timePoint, course, known, context, instruments, resultPrefix } = place
  if (timePoint.phase !== 'postpartum') return timePoint.phase === 'pregnancy' ? IN_PREGNANCY : unknownTime(place)
  const instrument = instruments.find((one) => one.id === id)!
  const scale = instrument.scales.find((one) => one.code === code)!
  const then = earlierScoresOf(known, context, instrument, scale, resultPrefix).filter(({ effective, proxy, threshold }) => {
    const point = timePointOf(course, effective, context.authored)
    return !proxy && threshold !== undefined && point.phase === 'pregnancy' && sameAnchor(point.anchor, timePoint.anchor)
  })
  if (then.length === 0) return noPregnancyScore(code)
  const used = then.map(({ reference }) => reference)
  const high = then.find(({ value, threshold }) => value >= threshold!)
  if (high === undefined) return notFired(reason('pregnancy-below', { score: code }), { used })
  const day = timePoint.day ?? 0
  const values = { score: code, value: high.value, threshold: high.threshold!, date: high.effective.slice(0, 10), day }
  return fired(reason('pregnancy-at-least', values), { used, ...(day > untilDay && { note: true }) })
}

const noPregnancyScore = remembered((score: string) => notEvaluated(reason('no-pregnancy-score', { score })))

/** The latest report of a context instrument, this response itself or one made shortly before it, chose one of the codes. */
export function latestContext(condition: Of<'context'>, { place, answers }: Situation): Finding {
  const { instrument: id, item, codes, withinDays } = condition
  const { context, known } = place
  if (context.instrument.id === id) {
    const own = answers.options.get(item)?.code
    if (own === undefined) return notEvaluated(reason('items-unanswered', { items: [item] }))
    const because = reason('report-now', { item, code: own })
    return codes.includes(own) ? fired(because, { items: [item] }) : notFired(because)
  }
  const reports = known.responses.filter(
    (response) => isReport(response, id) && isAboutSame(response, place) && isWithin(response, context.authored, withinDays),
  )
  const latest = reports.sort((one, other) => byTime(one.authored!, other.authored!)).at(-1)
  const code = latest && codeOf(latest, item)
  if (latest === undefined || code === undefined) return noReport(id, withinDays)
  const used: Reference[] = latest.id === undefined ? [] : [{ reference: `QuestionnaireResponse/${latest.id}` }]
  const because = reason('report-then', { item, code, date: latest.authored!.slice(0, 10) })
  return codes.includes(code) ? fired(because, { used }) : notFired(because, { used })
}

const noReport = remembered((instrument: string, days: number) => notEvaluated(reason('no-report', { instrument, days })))

const isReport = ({ questionnaire, status }: QuestionnaireResponse, id: string): boolean =>
  (questionnaire?.startsWith(`${BASE}/Questionnaire/${id}|`) ?? false) && (status === 'completed' || status === 'amended')

/** The same infant; where the response is about none (her own mood), any infant of hers. */
function isAboutSame(report: QuestionnaireResponse, { context, known }: Situation['place']): boolean {
  if (context.infant === undefined && !context.instrument.aboutInfant) return true
  return sameInfant(known, infantOf(report.extension), context.infant)
}

function isWithin({ authored }: QuestionnaireResponse, until: string, days: number): boolean {
  const from = authored === undefined ? undefined : dayWhere(authored, until)
  const to = dayWhere(until, until)
  return from !== undefined && to !== undefined && to - from >= 0 && to - from <= days
}

const codeOf = ({ item }: QuestionnaireResponse, linkId: string): string | undefined =>
  item?.find((one) => one.linkId === linkId)?.answer?.[0]?.valueCoding?.code
