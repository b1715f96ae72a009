import type { QuestionnaireResponse, RiskAssessment, Task } from 'fhir/r4.js'
import { ACKNOWLEDGEMENT, type AcknowledgementState, acknowledgementState } from '../../fhir/acknowledgement.ts'
import { isUnfinished } from '../../fhir/pending.ts'
import { judgedOf, resultPrefixIn } from '../../fhir/standing.ts'
import type { Instrument, Language } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import type { Verdict } from '../../risk/judge.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { identityOf, isProxy } from '../../score/context.ts'
import { RESULT_SYSTEM, resultPrefixOf } from '../../score/identity.ts'
import { safetyAnswersOf } from '../../score/safety-answers.ts'
import type { Chart } from './chart.ts'
import type { Point } from './points.ts'

/** A safety answer as it was given: the item, the chosen option in words, its place on the print and its code. */
export interface SafetyAnswer {
  readonly linkId: string
  readonly item: string
  readonly option: string
  readonly code: string
  readonly place: number
  readonly count: number
  readonly weight: number
}

/** A safety answer that wants somebody now: what was answered, when, by whom, in which language, the scores around it, and who has seen it. */
export interface Alert {
  readonly key: string
  /** Identifier values of all results of its response begin with it. */
  readonly resultPrefix?: string
  readonly instrument?: Instrument
  readonly effective: string
  readonly verdicts: readonly Verdict[]
  /** Empty when the form itself cannot be read. */
  readonly answers: readonly SafetyAnswer[]
  readonly by: 'herself' | 'paper' | 'another' | 'unknown'
  readonly author?: string
  readonly formLanguage?: string
  readonly isUnfinished: boolean
  /** The total of the response at hand, and up to two before it, oldest first. */
  readonly totals: readonly Point[]
  readonly response?: QuestionnaireResponse
  /** Absent while nothing of the response is written yet. */
  readonly assessment?: RiskAssessment
  readonly task?: Task
  readonly acknowledgement: AcknowledgementState
}

/**
 * One alert per response whose safety answers fired: those among her current results, those of any age that no clinician has closed (a later form
 * without such an answer closes nothing), and forms that nobody has reviewed yet. Where the server keeps no Tasks, nothing can be closed: then the
 * current ones only.
 */
export function alertsOf(knowledge: Knowledge, chart: Chart, language: Language): Alert[] {
  const { standing, record } = chart
  const current = new Set(standing.current.map(({ reference }) => reference))
  return [...judgedAlerts(chart), ...unreadAlerts(chart)]
    .map((raised) => alertOf(knowledge, chart, raised, language))
    .filter(({ key, acknowledgement: { step }, assessment }) => {
      if (assessment === undefined || current.has(key)) return step !== 'retracted'
      return record.tasks !== undefined && (step === 'open' || step === 'seen')
    })
    .sort((one, other) => Number(isClosed(one)) - Number(isClosed(other)))
}

/** Whether a clinician has written what was done. */
export const isClosed = ({ acknowledgement }: Pick<Alert, 'acknowledgement'>): boolean => acknowledgement.step === 'done'

interface Raised {
  readonly key: string
  readonly resultPrefix: string | undefined
  readonly instrument: Instrument | undefined
  readonly effective: string
  readonly fired: readonly Verdict[]
  readonly response: QuestionnaireResponse | undefined
  readonly assessment: RiskAssessment | undefined
  readonly isUnfinished: boolean
}

function judgedAlerts({ record, standingSources }: Chart): Raised[] {
  return record.assessments.flatMap((assessment) =>
    judgedOf(standingSources, assessment)
      .filter(({ tier }) => tier === 'immediate')
      .map(({ reference, instrument, effective, fired, responseId, preliminary }) => ({
        key: reference,
        resultPrefix: resultPrefixIn(assessment),
        instrument,
        effective,
        fired,
        response: record.responses.find(({ id }) => id === responseId),
        assessment,
        isUnfinished: preliminary,
      })),
  )
}

/** Forms with a safety answer of which no result is written, or no result that says so. */
function unreadAlerts(chart: Chart): Raised[] {
  const judged = new Set(judgedAlerts(chart).map(({ response }) => response?.id))
  return chart.pending
    .filter(({ result, response }) => result.risk.tier === 'immediate' && !judged.has(response.id))
    .map(({ response, instrument, result }) => {
      const identity = identityOf(response)
      return {
        key: `QuestionnaireResponse/${response.id}`,
        resultPrefix: identity === undefined ? undefined : resultPrefixOf(identity),
        instrument,
        effective: response.authored ?? '',
        fired: result.risk.verdicts.filter(({ verdict }) => verdict === 'fired'),
        response,
        assessment: undefined,
        isUnfinished: isUnfinished(response),
      }
    })
}

function alertOf(knowledge: Knowledge, { points, record, now }: Chart, raised: Raised, language: Language): Alert {
  const { key, resultPrefix, instrument, effective, fired, response, assessment, isUnfinished } = raised
  const own = points.filter(({ instrument: of, scale }) => of.id === instrument?.id && scale.code === instrument?.scales[0]?.code)
  const safety = fired.filter(({ outcome, undecided }) => (outcome === 'self-harm' || outcome === 'infant-harm') && undecided === undefined)
  const author = response && authorOf(response)
  const task = resultPrefix === undefined ? undefined : record.tasks?.find((one) => isAcknowledgementOf(one, resultPrefix))
  return {
    key,
    ...(resultPrefix !== undefined && { resultPrefix }),
    ...(instrument && { instrument }),
    effective,
    verdicts: safety,
    answers: response && instrument ? safetyAnswersIn(knowledge, instrument, response, language) : [],
    by: byWhom(response),
    ...(author !== undefined && { author }),
    ...(response?.language !== undefined && { formLanguage: response.language }),
    isUnfinished,
    totals: own.filter((point) => point.effective <= effective).slice(-3),
    ...(response && { response }),
    ...(assessment && { assessment }),
    ...(task && { task }),
    acknowledgement: acknowledgementState(task, now),
  }
}

const isAcknowledgementOf = ({ identifier }: Task, resultPrefix: string): boolean =>
  identifier?.some(({ system, value }) => system === RESULT_SYSTEM && value === `${resultPrefix}.${ACKNOWLEDGEMENT}`) ?? false

/** Whom a response names as its author. */
export const authorOf = ({ author }: QuestionnaireResponse): string | undefined => author?.display ?? author?.reference

export function byWhom(response: QuestionnaireResponse | undefined): Alert['by'] {
  if (response === undefined) return 'unknown'
  if (isProxy(response)) return 'another'
  if (response.source !== undefined) return 'herself'
  return response.author === undefined ? 'unknown' : 'paper'
}

/** The safety items above zero, in the words of the pack of the language asked for, with the place that was marked. */
export function safetyAnswersIn(
  knowledge: Knowledge,
  instrument: Instrument,
  response: QuestionnaireResponse,
  language: Language,
): SafetyAnswer[] {
  const pack = packFor(knowledge.textPacks, instrument, language)
  return [...safetyAnswersOf(knowledge, response)].flatMap(([linkId, weight]) => {
    const options = instrument.items.find((item) => item.linkId === linkId)?.options ?? []
    const option = options.find((one) => one.weight === weight)
    if (weight === 0 || option === undefined) return []
    const { code } = option
    const [place, count] = [options.indexOf(option) + 1, options.length]
    return [{ linkId, item: pack?.items[linkId] ?? linkId, option: pack?.options[code] ?? code, code, place, count, weight }]
  })
}
