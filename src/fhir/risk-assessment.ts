import type { Extension, Reference, RiskAssessment, RiskAssessmentPrediction } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import type { Assessment } from '../risk/assessment.ts'
import type { Prediction, Verdict } from '../risk/judge.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import { resultIdentifier, resultValue } from '../score/identity.ts'
import { METHOD_SYSTEM } from '../trajectory/earlier-scores.ts'
import { cutOffInUse, type Link, metaOf, statusOf } from './result-parts.ts'

export const RULE_EXTENSION = `${BASE}/StructureDefinition/rule`
export const OUTCOME_SYSTEM = `${BASE}/CodeSystem/outcome`
export const RULE_SYSTEM = `${BASE}/CodeSystem/rule`
export const TIER_SYSTEM = `${BASE}/CodeSystem/tier`

/**
 * The RiskAssessment of one assessed response. No probability: none is known for this woman.
 * Its identifier depends on the response alone, so a second write finds the first.
 * @see https://hl7.org/fhir/R4/riskassessment.html
 */
export function buildRiskAssessment(knowledge: Knowledge, assessment: Assessment, link: Link): RiskAssessment {
  const { context, risk } = assessment
  const { ruleSet } = knowledge
  return {
    resourceType: 'RiskAssessment',
    meta: metaOf(assessment),
    identifier: [resultIdentifier(resultValue(context.identity!, 'risk'))],
    status: statusOf(assessment),
    method: {
      coding: [
        {
          system: METHOD_SYSTEM,
          version: ruleSet.version,
          code: ruleSet.id,
          display: `${ruleSet.title.en} ${ruleSet.version}`,
        },
      ],
    },
    subject: context.subject,
    ...(context.encounter && { encounter: context.encounter }),
    occurrenceDateTime: context.authored,
    basis: basisOf(assessment, link),
    ...(risk.predictions.length > 0 && { prediction: risk.predictions.map((one) => buildPrediction(knowledge, assessment, one)) }),
    ...(risk.tier !== 'none' && { mitigation: mitigationOf(knowledge, assessment) }),
    note: notesOf(knowledge, assessment).map((text) => ({ text })),
  }
}

function basisOf({ context, scores, risk }: Assessment, link: Link): Reference[] {
  const own = scores.map(({ scale }) => link('Observation', resultValue(context.identity!, scale.code)))
  return [context.responseReference, ...own, ...risk.used]
}

function buildPrediction(knowledge: Knowledge, assessment: Assessment, { outcome, tier }: Prediction): RiskAssessmentPrediction {
  const { ruleSet, site } = knowledge
  const { title } = ruleSet.outcomes.find(({ id }) => id === outcome)!
  const tierTitle = ruleSet.tiers.find(({ id }) => id === tier)!.title
  const fired = assessment.risk.verdicts.filter((one) => one.outcome === outcome && one.verdict === 'fired')
  return {
    ...(fired.length > 0 && { extension: fired.map(ruleExtension) }),
    outcome: { coding: [{ system: OUTCOME_SYSTEM, code: outcome, display: title.en }], text: title[site.language] },
    qualitativeRisk: { coding: [{ system: TIER_SYSTEM, code: tier, display: tierTitle.en }], text: tierTitle[site.language] },
    rationale: rationaleOf(knowledge, assessment, outcome),
  }
}

/** A fired rule in a form that no language changes: its code (X1 with the rule it leaves open) and its numbers. */
const ruleExtension = ({ id, undecided, because }: Verdict): Extension => ({
  url: RULE_EXTENSION,
  extension: [
    { url: 'code', valueCoding: { system: RULE_SYSTEM, code: id } },
    ...(undecided === undefined ? [] : [{ url: 'undecided', valueCoding: { system: RULE_SYSTEM, code: undecided } }]),
    { url: 'because', valueString: because },
  ],
})

const WORDS = {
  en: {
    none: 'No rule fired; this rules nothing out.',
    notEvaluated: 'Not evaluated',
    source: 'Source',
    undecided: 'The answers that are missing decide rule',
    threshold: 'Threshold in use',
    proxy: 'Answered by another than the mother: only the questions about harm are read, and she counts as not screened.',
    stop: '.',
    space: ' ',
  },
  ja: {
    none: '該当するルールはない。問題がないことを示すものではない。',
    notEvaluated: '評価せず',
    source: '出典',
    undecided: '未回答の項目によって決まるルール',
    threshold: '採用中の基準値',
    proxy: 'ご本人以外の回答である。自傷や害についての質問だけを読み、ご本人は未評価とする。',
    stop: '。',
    space: '',
  },
} as const

/** Where she is, every rule that fired with its numbers and source, and what could not be evaluated. */
function rationaleOf(knowledge: Knowledge, assessment: Assessment, outcome: Prediction['outcome']): string {
  const { site, ruleSet } = knowledge
  const own = assessment.risk.verdicts.filter((one) => one.outcome === outcome)
  const fired = own.filter(({ verdict }) => verdict === 'fired').map((one) => sentenceOf(ruleSet, site.language, one))
  const skipped = own.filter(({ verdict }) => verdict === 'not-evaluated').map(({ id, because }) => `${id} (${because})`)
  return [
    timeText(assessment, site.language),
    ...thresholdText(knowledge, assessment, outcome),
    ...(fired.length > 0 ? fired : [WORDS[site.language].none]),
    ...(skipped.length > 0 ? [`${WORDS[site.language].notEvaluated}: ${skipped.join('; ')}.`] : []),
  ].join('\n')
}

/** Which EPDS threshold was in use, whether or not a rule spoke of it. */
function thresholdText(knowledge: Knowledge, assessment: Assessment, outcome: Prediction['outcome']): string[] {
  const { ruleSet, site } = knowledge
  const isRead = ruleSet.rules.some(
    ({ when, ...rule }) => rule.outcome === outcome && when.op === 'at-least' && when.cutOff === 'threshold',
  )
  const scale = assessment.context.instrument.scales.find(({ interpretedBy }) => interpretedBy === 'threshold-policy')
  const cutOff = isRead && scale ? cutOffInUse(knowledge, assessment, scale) : undefined
  if (cutOff === undefined) return []
  return [`${WORDS[site.language].threshold}: ${assessment.policy} (≥ ${cutOff.value}, ${cutOff.source})${WORDS[site.language].stop}`]
}

export function sentenceOf(ruleSet: RuleSet, language: 'en' | 'ja', { id, undecided, because, source }: Verdict): string {
  const words = WORDS[language]
  const rule = ruleSet.rules.find((one) => one.id === (id === 'X1' ? undecided : id))!
  const parts =
    id === 'X1'
      ? [`X1: ${words.undecided} ${undecided}`, because]
      : [`${id}: ${rule.title[language]}`, because, `${words.source}: ${source ?? rule.source}`]
  return [
    parts.map((part) => part + words.stop).join(words.space),
    ...(id !== 'X1' && rule.statement ? [rule.statement[language]] : []),
  ].join(words.space)
}

export function timeText({ timePoint }: Pick<Assessment, 'timePoint'>, language: 'en' | 'ja'): string {
  const { phase, day = 0, because } = timePoint
  if (phase === 'postpartum') return language === 'ja' ? `産後${day}日。` : `Postpartum day ${day}.`
  if (phase === 'unknown') return language === 'ja' ? `時期不明(${because})。` : `Time in her course unknown: ${because}.`
  if (day > 0) return language === 'ja' ? `妊娠中(予定日を${day}日超過)。` : `In pregnancy, ${day} days past the due date.`
  return language === 'ja' ? `妊娠中(出産または予定日の${-day}日前)。` : `In pregnancy, ${-day} days before birth or due date.`
}

function mitigationOf({ ruleSet, site }: Knowledge, { risk }: Assessment): string {
  const words = site.actions?.[risk.tier] ?? ruleSet.tiers.find(({ id }) => id === risk.tier)!.action
  const safety = risk.tier === 'immediate' && site.safetyText ? ` ${site.safetyText[site.language]}` : ''
  return words[site.language] + safety
}

/** Who answered where it was not she, what is not screened, and notes whose outcome has no prediction to stand in. */
function notesOf({ ruleSet, site }: Knowledge, { risk, context }: Assessment): string[] {
  const predicted = new Set(risk.predictions.map(({ outcome }) => outcome))
  const lone = risk.verdicts.filter(({ verdict, outcome }) => verdict === 'fired' && !predicted.has(outcome))
  const proxy = context.proxy ? [WORDS[site.language].proxy] : []
  return [...proxy, ruleSet.notScreened[site.language], ...lone.map((one) => sentenceOf(ruleSet, site.language, one))]
}
