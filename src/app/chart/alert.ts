import type { QuestionnaireResponse } from 'fhir/r4.js'
import { isUnfinished } from '../../fhir/pending.ts'
import type { Instrument, Language } from '../../instrument/instrument.ts'
import { packFor } from '../../instrument/text-pack.ts'
import type { Verdict } from '../../risk/judge.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { isProxy } from '../../score/context.ts'
import { safetyAnswersOf } from '../../score/safety-answers.ts'
import type { Chart } from './chart.ts'
import type { Point } from './points.ts'

/** A safety answer that wants somebody now: what was answered, when, by whom, in which language, and the scores around it. */
export interface Alert {
  readonly key: string
  readonly instrument?: Instrument
  readonly effective: string
  readonly verdicts: readonly Verdict[]
  /** Item and chosen option in words; empty when the form itself cannot be read. */
  readonly answers: readonly { readonly item: string; readonly option: string }[]
  readonly by: 'herself' | 'paper' | 'another' | 'unknown'
  readonly author?: string
  readonly formLanguage?: string
  readonly isUnfinished: boolean
  /** The total of the response at hand, and up to two before it, oldest first. */
  readonly totals: readonly Point[]
}

/** One alert per response whose safety answers fired: judged ones within the window, and forms that nobody has reviewed yet. */
export function alertsOf(knowledge: Knowledge, chart: Chart, language: Language): Alert[] {
  const { standing, pending, record } = chart
  const judged = standing.current.filter(({ tier }) => tier === 'immediate')
  const judgedIds = new Set(judged.map(({ responseId }) => responseId))
  const unread = pending.filter(({ result, response }) => result.risk.tier === 'immediate' && !judgedIds.has(response.id))
  const raised: Raised[] = [
    ...judged.map(({ reference, instrument, effective, fired, responseId, preliminary }) => {
      const response = record.responses.find(({ id }) => id === responseId)
      return { key: reference, instrument, effective, fired, response, isUnfinished: preliminary }
    }),
    ...unread.map(({ response, instrument, result }) => {
      const fired = result.risk.verdicts.filter(({ verdict }) => verdict === 'fired')
      return {
        key: `response-${response.id}`,
        instrument,
        effective: response.authored ?? '',
        fired,
        response,
        isUnfinished: isUnfinished(response),
      }
    }),
  ]
  return raised.map((one) => alertOf(knowledge, chart, one, language))
}

interface Raised {
  readonly key: string
  readonly instrument: Instrument | undefined
  readonly effective: string
  readonly fired: readonly Verdict[]
  readonly response: QuestionnaireResponse | undefined
  readonly isUnfinished: boolean
}

function alertOf(knowledge: Knowledge, { points }: Chart, raised: Raised, language: Language): Alert {
  const { key, instrument, effective, fired, response, isUnfinished } = raised
  const own = points.filter(({ instrument: of, scale }) => of.id === instrument?.id && scale.code === instrument?.scales[0]?.code)
  const safety = fired.filter(({ outcome, undecided }) => (outcome === 'self-harm' || outcome === 'infant-harm') && undecided === undefined)
  const author = response && authorOf(response)
  return {
    key,
    ...(instrument && { instrument }),
    effective,
    verdicts: safety,
    answers: response && instrument ? answersIn(knowledge, instrument, response, language) : [],
    by: byWhom(response),
    ...(author !== undefined && { author }),
    ...(response?.language !== undefined && { formLanguage: response.language }),
    isUnfinished,
    totals: own.filter((point) => point.effective <= effective).slice(-3),
  }
}

/** Whom a response names as its author. */
export const authorOf = ({ author }: QuestionnaireResponse): string | undefined => author?.display ?? author?.reference

export function byWhom(response: QuestionnaireResponse | undefined): Alert['by'] {
  if (response === undefined) return 'unknown'
  if (isProxy(response)) return 'another'
  if (response.source !== undefined) return 'herself'
  return response.author === undefined ? 'unknown' : 'paper'
}

/** The safety items above zero, in the words of the pack of the language asked for. */
function answersIn(knowledge: Knowledge, instrument: Instrument, response: QuestionnaireResponse, language: Language): Alert['answers'] {
  const pack = packFor(knowledge.textPacks, instrument, language)
  return [...safetyAnswersOf(knowledge, response)].flatMap(([linkId, weight]) => {
    const option = instrument.items.find((item) => item.linkId === linkId)?.options.find((one) => one.weight === weight)
    if (weight === 0 || option === undefined) return []
    return [{ item: pack?.items[linkId] ?? linkId, option: pack?.options[option.code] ?? option.code }]
  })
}
