import type { Observation, RiskAssessment } from 'fhir/r4.js'
import { RULE_EXTENSION, TIER_SYSTEM } from '../fhir/risk-assessment.ts'
import { mostPressing } from '../risk/judge.ts'
import { TIERS, type Tier } from '../risk/rule-set.ts'
import { METHOD_SYSTEM, SCORE_SYSTEM } from '../trajectory/earlier-scores.ts'

type ResultResource = Observation | RiskAssessment

/** What the results of one response say, whether a server holds them or they have just been made: numbers and codes, in no language. */
export interface Stand {
  readonly tier: Tier
  /** `perinatal|1.0.0`; null where no RiskAssessment stands. */
  readonly ruleSet: string | null
  /** What fired, with its numbers; X1 as `X1(D2)`. */
  readonly rules: Readonly<Record<string, string>>
  /** `12`, or `9 to 15` while answers are missing. */
  readonly scores: Readonly<Record<string, string>>
  /** The cut-off in use, by score. */
  readonly cutOffs: Readonly<Record<string, string>>
  /** `mibs-j-ar baseline-mean`, `mibs-j-ar change`, `mibs-j-ar deviation`. */
  readonly baselines: Readonly<Record<string, string>>
  readonly statuses: readonly string[]
}

const BASELINE = ['baseline-mean', 'change', 'deviation']

export function standOf(results: readonly ResultResource[]): Stand {
  const observations = results.filter((one): one is Observation => one.resourceType === 'Observation' && one.hasMember === undefined)
  const assessment = results.find((one): one is RiskAssessment => one.resourceType === 'RiskAssessment')
  const scored = observations.map((one) => [codeOf(one), one] as const)
  return {
    tier: tierOf(assessment),
    ruleSet: ruleSetOf(assessment),
    rules: Object.fromEntries(rulesOf(assessment)),
    scores: Object.fromEntries(scored.map(([code, one]) => [code, scoreOf(one)])),
    cutOffs: Object.fromEntries(scored.flatMap(([code, one]) => cutOffOf(code, one))),
    baselines: Object.fromEntries(scored.flatMap(([code, one]) => baselineOf(code, one))),
    statuses: [...new Set(results.map(({ status }) => status))].sort(),
  }
}

const codeOf = ({ code }: Observation): string => code.coding?.find(({ system }) => system === SCORE_SYSTEM)?.code ?? ''

function tierOf(assessment: RiskAssessment | undefined): Tier {
  const codings = assessment?.prediction?.flatMap(({ qualitativeRisk }) => qualitativeRisk?.coding ?? []) ?? []
  const tiers = codings.flatMap(({ system, code }) => (system === TIER_SYSTEM ? TIERS.filter((tier) => tier === code) : []))
  return mostPressing(tiers) ?? 'none'
}

function ruleSetOf(assessment: RiskAssessment | undefined): string | null {
  const method = assessment?.method?.coding?.find(({ system }) => system === METHOD_SYSTEM)
  return method === undefined ? null : `${method.code}|${method.version}`
}

function rulesOf(assessment: RiskAssessment | undefined): [string, string][] {
  const rules = assessment?.prediction?.flatMap(({ extension }) => extension?.filter(({ url }) => url === RULE_EXTENSION) ?? []) ?? []
  return rules.map(({ extension: parts = [] }) => {
    const part = (name: string) => parts.find(({ url }) => url === name)
    const undecided = part('undecided')?.valueCoding?.code
    const id = part('code')?.valueCoding?.code ?? ''
    return [undecided === undefined ? id : `${id}(${undecided})`, part('because')?.valueString ?? '']
  })
}

const componentOf = ({ component }: Observation, code: string): number | undefined =>
  component?.find((one) => one.code.coding?.some((c) => c.system === SCORE_SYSTEM && c.code === code))?.valueQuantity?.value

const scoreOf = (one: Observation): string =>
  one.valueQuantity?.value === undefined ? `${componentOf(one, 'lower')} to ${componentOf(one, 'upper')}` : String(one.valueQuantity.value)

function cutOffOf(code: string, { referenceRange }: Observation): [string, string][] {
  const high = referenceRange?.[0]?.high?.value
  return high === undefined ? [] : [[code, String(high + 1)]]
}

const baselineOf = (code: string, one: Observation): [string, string][] =>
  BASELINE.flatMap((name): [string, string][] => {
    const value = componentOf(one, name)
    return value === undefined ? [] : [[`${code} ${name}`, String(value)]]
  })
