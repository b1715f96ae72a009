import type { Observation, QuestionnaireResponse, Reference, RiskAssessment } from 'fhir/r4.js'
import type { Instrument } from '../instrument/instrument.ts'
import { mostPressing, type Verdict } from '../risk/judge.ts'
import { type Outcome, TIERS, type Tier } from '../risk/rule-set.ts'
import { infantOf } from '../score/context.ts'
import { RESULT_SYSTEM } from '../score/identity.ts'
import { referenceKey, referenceTarget } from '../score/reference.ts'
import { byTime, dayWhere } from '../trajectory/calendar.ts'
import { SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'
import { RULE_EXTENSION, TIER_SYSTEM } from './risk-assessment.ts'
import { translationIn } from './translated.ts'

/** One judged response that says how she stands. */
export interface Judged {
  readonly instrument?: Instrument
  /** The infant it is about, where the response says so. */
  readonly infant?: Reference
  readonly tier: Tier
  readonly effective: string
  readonly ageInDays: number
  /** Rules that fired, in the form in which a sentence is made of them. */
  readonly fired: readonly Verdict[]
  /** `RiskAssessment/<id>`. */
  readonly reference: string
  readonly responseId?: string
  readonly preliminary: boolean
}

/** How she stands: the highest tier among her latest results per instrument, and which of those are too old to count. */
export interface Standing {
  readonly tier: Tier
  /** Of the newest result that gives the tier; absent when nothing counts: a tier is never shown without it. */
  readonly ageInDays?: number
  readonly current: readonly Judged[]
  readonly outdated: readonly Judged[]
}

export interface StandingSources {
  readonly instruments: readonly Instrument[]
  readonly assessments: readonly RiskAssessment[]
  /** Her score Observations: they tell of which instrument a result is when its response cannot be read. */
  readonly observations: readonly Observation[]
  readonly responses: readonly QuestionnaireResponse[]
  /** Her today, with the zone in which days are counted. */
  readonly now: string
  /** Days for which a result counts (site setting `tierWindowDays`). */
  readonly windowDays: number
}

const STANDS = ['final', 'amended', 'corrected', 'preliminary']

/**
 * The woman's tier: the highest among her latest result per instrument within the site's window. A form about one twin says nothing about the other, so
 * the latest counts per infant where forms name one. What decides nothing displaces nothing: an unfinished form stands beside the last finished
 * one, and a result in which no rule could be evaluated (a proxy's answers) leaves the last that has a tier in its place.
 * Nothing recent enough: `none`, which reads "not screened", never "routine".
 */
export function standingOf(sources: StandingSources): Standing {
  const judged = sources.assessments.flatMap((one) => judgedOf(sources, one)).sort(weakestFirst)
  const all = [...Map.groupBy(judged, seriesOf).values()].flatMap(standingIn).sort(mostPressingFirst)
  const current = all.filter(({ ageInDays }) => ageInDays <= sources.windowDays)
  const [first] = current
  return {
    tier: first?.tier ?? 'none',
    ...(first && { ageInDays: Math.min(...current.filter(({ tier }) => tier === first.tier).map(({ ageInDays }) => ageInDays)) }),
    current,
    outdated: all.filter(({ ageInDays }) => ageInDays > sources.windowDays),
  }
}

const seriesOf = ({ instrument, infant, reference }: Judged): string =>
  instrument ? `${instrument.id} ${referenceTarget(infant)}` : reference

/** Of one series, oldest first: the last finished result that has a tier, and an unfinished one after it. */
function standingIn(series: readonly Judged[]): Judged[] {
  const finished =
    series.findLast(({ preliminary, tier }) => !preliminary && tier !== 'none') ?? series.findLast(({ preliminary }) => !preliminary)
  const after = finished === undefined ? series : series.slice(series.indexOf(finished) + 1)
  const unfinished = after.findLast(({ preliminary }) => preliminary)
  return [finished, unfinished].filter((one) => one !== undefined)
}

/** By time; of two on the same day, where no hour orders them, the more pressing counts as the later. */
const weakestFirst = (one: Judged, other: Judged): number => byTime(one.effective, other.effective) || mostPressingFirst(other, one)

const mostPressingFirst = (one: Judged, other: Judged): number => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier)

/** A RiskAssessment of ours as what it says of her; nothing of one that was taken back. */
export function judgedOf(sources: StandingSources, assessment: RiskAssessment): Judged[] {
  const { status, occurrenceDateTime: effective, prediction = [], basis = [], id } = assessment
  if (!STANDS.includes(status) || effective === undefined) return []
  const tiers = prediction.flatMap(({ qualitativeRisk }) => qualitativeRisk?.coding ?? []).filter(({ system }) => system === TIER_SYSTEM)
  const { instrument, infant } = aboutOf(sources, assessment)
  const responseId = /^QuestionnaireResponse\/(.+)$/.exec(referenceKey(basis[0]) ?? '')?.[1]
  return [
    {
      ...(instrument && { instrument }),
      ...(infant && { infant }),
      tier: mostPressing(tiers.map(({ code }) => code).filter(isTier)) ?? 'none',
      effective,
      ageInDays: (dayWhere(sources.now, sources.now) ?? 0) - (dayWhere(effective, sources.now) ?? 0),
      fired: prediction.flatMap(firedIn),
      reference: `RiskAssessment/${id}`,
      ...(responseId !== undefined && { responseId }),
      preliminary: status === 'preliminary',
    },
  ]
}

const isTier = (code: string | undefined): code is Tier => TIERS.some((tier) => tier === code)

function firedIn({ extension = [], outcome }: NonNullable<RiskAssessment['prediction']>[number]): Verdict[] {
  return extension
    .filter(({ url }) => url === RULE_EXTENSION)
    .flatMap(({ extension: parts = [] }) => {
      const part = (name: string) => parts.find(({ url }) => url === name)
      const id = part('code')?.valueCoding?.code
      const undecided = part('undecided')?.valueCoding?.code
      const said = part('because')
      const because = said?.valueString ?? ''
      const why = { told: { en: because, ja: translationIn(said?._valueString, 'ja') ?? because } }
      if (id === undefined) return []
      return [
        {
          id,
          outcome: outcome?.coding?.[0]?.code as Outcome,
          verdict: 'fired',
          because,
          why,
          ...(undecided !== undefined && { undecided }),
        },
      ]
    })
}

/** What the identifiers of all results of one response begin with. */
export const resultPrefixIn = ({ identifier }: Pick<Observation | RiskAssessment, 'identifier'>): string | undefined =>
  identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value?.split('.')[0]

/** Which instrument and which infant: by the response it rests on, else by the scores of the same response. */
function aboutOf(
  { instruments, observations, responses }: StandingSources,
  assessment: RiskAssessment,
): Pick<Judged, 'instrument' | 'infant'> {
  const source = referenceKey(assessment.basis?.[0])
  const response = responses.find(({ id }) => source === `QuestionnaireResponse/${id}`)
  const prefix = resultPrefixIn(assessment)
  const scores = prefix === undefined ? [] : observations.filter((one) => resultPrefixIn(one) === prefix)
  const codes = scores.flatMap(({ code }) => code.coding ?? []).flatMap(({ system, code }) => (system === SCORE_SYSTEM ? [code] : []))
  const instrument =
    instruments.find(({ id }) => response?.questionnaire?.includes(`/Questionnaire/${id}|`)) ??
    instruments.find(({ scales }) => scales.some(({ code }) => codes.includes(code)))
  const infant = infantOf((response ?? scores[0])?.extension)
  return { ...(instrument && { instrument }), ...(infant && instrument?.aboutInfant && { infant }) }
}
