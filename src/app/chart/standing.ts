import type { QuestionnaireResponse, Reference, RiskAssessment } from 'fhir/r4.js'
import { RULE_EXTENSION, TIER_SYSTEM } from '../../fhir/risk-assessment.ts'
import type { Instrument } from '../../instrument/instrument.ts'
import type { Result } from '../../risk/assessment.ts'
import { mostPressing, type Verdict } from '../../risk/judge.ts'
import { type Outcome, TIERS, type Tier } from '../../risk/rule-set.ts'
import { identityOf, infantOf } from '../../score/context.ts'
import { RESULT_SYSTEM, resultPrefixOf } from '../../score/identity.ts'
import { referenceKey, referenceTarget } from '../../score/reference.ts'
import { byTime, dayWhere } from '../../trajectory/calendar.ts'
import type { Point } from './points.ts'

/** The latest judged response of one instrument. */
export interface Judged {
  readonly instrument?: Instrument
  /** The infant it is about, where the response says so. */
  readonly infant?: Reference
  readonly tier: Tier
  readonly effective: string
  readonly ageInDays: number
  /** Rules that fired, in the form in which a sentence is made of them. */
  readonly fired: readonly Verdict[]
  readonly reference: string
  readonly responseId?: string
  readonly preliminary: boolean
}

/** How she stands: the highest tier among her latest results per instrument, and which of those are too old to count. */
export interface Standing {
  readonly tier: Tier
  readonly current: readonly Judged[]
  readonly outdated: readonly Judged[]
}

/** A response that no RiskAssessment speaks of yet, and what it says when read now. */
export interface Pending {
  readonly response: QuestionnaireResponse
  readonly instrument?: Instrument
  readonly result: Result
}

interface Sources {
  readonly instruments: readonly Instrument[]
  readonly assessments: readonly RiskAssessment[]
  readonly points: readonly Point[]
  readonly responses: readonly QuestionnaireResponse[]
  readonly now: string
  readonly windowDays: number
}

const STANDS = ['final', 'amended', 'corrected', 'preliminary']

/**
 * The woman's tier (product contract: the highest among her latest result per instrument within the site's window). A form about one twin says
 * nothing about the other, so the latest counts per infant where forms name one.
 * Nothing recent enough: `none`, which reads "not screened", never "routine".
 */
export function standingOf(sources: Sources): Standing {
  const latest = new Map<string, Judged>()
  for (const judged of sources.assessments.flatMap((one) => judgedOf(sources, one)).sort(oldestFirst)) {
    latest.set(judged.instrument ? `${judged.instrument.id} ${referenceTarget(judged.infant)}` : judged.reference, judged)
  }
  const all = [...latest.values()].sort((one, other) => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier))
  const current = all.filter(({ ageInDays }) => ageInDays <= sources.windowDays)
  return {
    tier: mostPressing(current.map(({ tier }) => tier)) ?? 'none',
    current,
    outdated: all.filter(({ ageInDays }) => ageInDays > sources.windowDays),
  }
}

const oldestFirst = (one: Judged, other: Judged): number => byTime(one.effective, other.effective)

function judgedOf(sources: Sources, assessment: RiskAssessment): Judged[] {
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
      const because = part('because')?.valueString ?? ''
      if (id === undefined) return []
      return [
        { id, outcome: outcome?.coding?.[0]?.code as Outcome, verdict: 'fired', because, ...(undecided !== undefined && { undecided }) },
      ]
    })
}

const prefixOf = ({ identifier }: RiskAssessment): string | undefined =>
  identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value?.split('.')[0]

/** Which instrument and which infant: by the response it rests on, else by the scores of the same response. */
function aboutOf({ instruments, points, responses }: Sources, assessment: RiskAssessment): Pick<Judged, 'instrument' | 'infant'> {
  const source = referenceKey(assessment.basis?.[0])
  const response = responses.find(({ id }) => source === `QuestionnaireResponse/${id}`)
  const prefix = prefixOf(assessment)
  const point = points.find(({ resultPrefix }) => prefix !== undefined && resultPrefix === prefix)
  const instrument = instruments.find(({ id }) => response?.questionnaire?.includes(`/Questionnaire/${id}|`)) ?? point?.instrument
  const infant = infantOf(response?.extension) ?? point?.infant
  return { ...(instrument && { instrument }), ...(infant && instrument?.aboutInfant && { infant }) }
}

const UNFINISHED = ['in-progress', 'stopped']

export const isUnfinished = ({ status }: QuestionnaireResponse): boolean => UNFINISHED.includes(status)

/** Responses without a result of theirs on the server, retracted ones left out; the newest first. */
export function pendingOf(
  { instruments, assessments, responses }: Pick<Sources, 'instruments' | 'assessments' | 'responses'>,
  assess: (response: QuestionnaireResponse) => Result,
): Pending[] {
  const judged = new Set(assessments.map(prefixOf))
  const isJudged = (response: QuestionnaireResponse): boolean => {
    const identity = identityOf(response)
    return identity !== undefined && judged.has(resultPrefixOf(identity))
  }
  return responses
    .filter((response) => response.status !== 'entered-in-error' && (isUnfinished(response) || !isJudged(response)))
    .map((response) => {
      const instrument = instruments.find(({ id }) => response.questionnaire?.includes(`/Questionnaire/${id}|`))
      return { response, ...(instrument && { instrument }), result: assess(response) }
    })
    .sort((one, other) => byTime(other.response.authored ?? '', one.response.authored ?? ''))
}
