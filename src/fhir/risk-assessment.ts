import type { Annotation, CodeableConcept, Extension, Quantity, Range, RiskAssessment, RiskAssessmentPrediction } from 'fhir/r4.js'
import { BASE, type CutOff, type Language, type Words } from '../instrument/instrument.ts'
import { inOnePiece, type Json, json, list, object } from '../json.ts'
import { once, remembered } from '../once.ts'
import type { Assessment } from '../risk/assessment.ts'
import type { Prediction, Risk, Verdict } from '../risk/judge.ts'
import type { Knowledge, Site } from '../risk/knowledge.ts'
import { type Likelihood, likelihoodOf } from '../risk/likelihood.ts'
import { type Reason, reason, told } from '../risk/reason.ts'
import type { Outcome, RuleSet, ThresholdPolicy, Tier } from '../risk/rule-set.ts'
import { whyUnknown } from '../risk/score-conditions.ts'
import { hasOwnNumbers } from '../risk/site-policy.ts'
import { METHOD_SYSTEM } from '../trajectory/earlier-scores.ts'
import { type BuiltResult, cutOffInUse, type Frame, namesOf } from './result-parts.ts'
import { translatedAs } from './translated.ts'

export const RULE_EXTENSION = `${BASE}/StructureDefinition/rule`
export const OUTCOME_SYSTEM = `${BASE}/CodeSystem/outcome`
export const RULE_SYSTEM = `${BASE}/CodeSystem/rule`
export const TIER_SYSTEM = `${BASE}/CodeSystem/tier`

/**
 * The RiskAssessment of one assessed response. A probability only where the site has set its prevalence and the rule's study gives sensitivity and specificity.
 * Its identifier depends on the response alone, so a second write finds the first.
 * @see https://hl7.org/fhir/R4/riskassessment.html
 */
export function buildRiskAssessment(frame: Frame): BuiltResult<RiskAssessment> {
  const { knowledge, assessment } = frame
  const { risk } = assessment
  const { value, id, identifier } = namesOf(frame, 'RiskAssessment', 'risk')
  const text = object<RiskAssessment>({
    resourceType: RISK_ASSESSMENT,
    id,
    meta: frame.meta,
    identifier,
    status: frame.status,
    method: methodOf(knowledge),
    subject: frame.subject,
    encounter: frame.encounter,
    occurrenceDateTime: frame.authored,
    basis: list([frame.response, ...frame.scores, ...risk.used.map(json)]),
    prediction: list(risk.predictions.map((one) => predictionOf(knowledge, assessment, one))),
    mitigation: risk.tier === 'none' ? undefined : mitigationOf(knowledge.ruleSet, knowledge.site, risk.tier),
    note: notesOf(knowledge, assessment.context.proxy, risk),
  })
  return { value, type: 'RiskAssessment', text }
}

const RISK_ASSESSMENT = json('RiskAssessment' as const)

/** The rule set and its version; in words too that a site has changed numbers of it. */
const methodOf = once(({ ruleSet, site }: Knowledge): Json<CodeableConcept> => {
  const display = `${ruleSet.title.en} ${ruleSet.version}`
  const text = hasOwnNumbers(site) ? { text: `${display}, numbers changed by ${site.name ?? 'the site'}` } : {}
  return json({ coding: [{ system: METHOD_SYSTEM, version: ruleSet.version, code: ruleSet.id, display }], ...text })
})

function predictionOf(knowledge: Knowledge, assessment: Assessment, { outcome, tier }: Prediction): Json<RiskAssessmentPrediction> {
  const { ruleSet, site } = knowledge
  const time = timeText(ruleSet, assessment, site.language)
  return buildPrediction(
    ruleSet,
    site,
    assessment.risk.verdicts,
    outcome,
    tier,
    time,
    thresholdRead(ruleSet, assessment, outcome),
    assessment.policy,
  )
}

/** By rule set and site, which are what they are as long as the process runs; a Knowledge may hold forms that came with one call. */
const buildPrediction = remembered(
  (
    ruleSet: RuleSet,
    site: Site,
    verdicts: readonly Verdict[],
    outcome: Outcome,
    tier: Tier,
    time: string,
    threshold: CutOff | undefined,
    policy: ThresholdPolicy,
  ): Json<RiskAssessmentPrediction> => {
    const own = verdicts.filter((one) => one.outcome === outcome)
    const fired = own.filter(({ verdict }) => verdict === 'fired')
    const likelihood = likelihoodOf(site, outcome, fired)
    const where = [time, ...thresholdText(ruleSet, threshold, policy, site.language)]
    const text = object<RiskAssessmentPrediction>({
      extension: list(fired.map((one) => json(ruleExtension(ruleSet, one)))),
      outcome: outcomeConcept(ruleSet.outcomes.find(({ id }) => id === outcome)!)[site.language],
      probabilityDecimal: likelihood && json(likelihood.value),
      probabilityRange: !likelihood && site.demandsProbability ? UNKNOWN_PROBABILITY : undefined,
      qualitativeRisk: tierConcept(ruleSet.tiers.find(({ id }) => id === tier)!)[site.language],
      rationale: json([...where, ...rationaleOf(ruleSet, site, own, likelihood)].join('\n')),
    })
    return inOnePiece(text)
  },
)

/** A code of a rule set as a concept, told in each language. */
const conceptIn = (system: string) =>
  once(({ id, title }: { readonly id: string; readonly title: Words }): Readonly<Record<Language, Json<CodeableConcept>>> => {
    const coding = [{ system, code: id, display: title.en }]
    return { en: json({ coding, text: title.en }), ja: json({ coding, text: title.ja }) }
  })

const outcomeConcept = conceptIn(OUTCOME_SYSTEM)
const tierConcept = conceptIn(TIER_SYSTEM)

const percent = (value: number): Quantity => ({ value, unit: '%', system: 'http://unitsofmeasure.org', code: '%' })

/** All that can be: for servers that refuse a prediction without a probability, though R4's ras-2 only bounds one that is there. */
const UNKNOWN_PROBABILITY: Json<Range> = json({ low: percent(0), high: percent(100) })

/** A fired rule in a form that no language changes: its code (X1 with the rule it leaves open) and its numbers; in Japanese beside it, and whose number it was. */
const ruleExtension = ({ phrases }: RuleSet, { id, undecided, because, why, source }: Verdict): Extension => ({
  url: RULE_EXTENSION,
  extension: [
    { url: 'code', valueCoding: { system: RULE_SYSTEM, code: id } },
    ...(undecided === undefined ? [] : [{ url: 'undecided', valueCoding: { system: RULE_SYSTEM, code: undecided } }]),
    { url: 'because', valueString: because, _valueString: translatedAs('ja', told(phrases, why, 'ja')) },
    ...(source === undefined ? [] : [{ url: 'source', valueString: source }]),
  ],
})

/** Every rule that fired with its numbers and source, what could not be evaluated, and how a probability came about. */
function rationaleOf(
  ruleSet: RuleSet,
  { language, demandsProbability }: Site,
  own: readonly Verdict[],
  likelihood: Likelihood | undefined,
): string[] {
  const { phrases } = ruleSet
  const fired = own.filter(({ verdict }) => verdict === 'fired').map((one) => sentenceOf(ruleSet, language, one))
  const skipped = own.flatMap(({ id, verdict, why }) => (verdict === 'not-evaluated' ? [skippedText(ruleSet, language, id, why)] : []))
  return [
    ...(fired.length > 0 ? fired : [told(phrases, reason('none-fired'), language)]),
    ...(skipped.length > 0
      ? [told(phrases, reason('not-evaluated', { rules: skipped.join(language === 'ja' ? '、' : '; ') }), language)]
      : []),
    ...(likelihood ? [told(phrases, likelihood.why, language)] : []),
    ...(!likelihood && demandsProbability ? [told(phrases, reason('probability-unknown'), language)] : []),
  ]
}

const skippedText = ({ phrases }: RuleSet, language: Language, id: string, why: Reason): string =>
  language === 'ja' ? `${id}(${told(phrases, why, 'ja')})` : `${id} (${told(phrases, why, 'en')})`

/** The EPDS threshold in use, where the rules of this outcome read it. */
function thresholdRead(ruleSet: RuleSet, assessment: Assessment, outcome: Outcome): CutOff | undefined {
  const scale = readsThreshold(ruleSet, outcome)
    ? assessment.context.instrument.scales.find(({ interpretedBy }) => interpretedBy === 'threshold-policy')
    : undefined
  return scale && cutOffInUse(ruleSet, assessment, scale)
}

const readsThreshold = remembered(({ rules }: RuleSet, outcome: Outcome): boolean =>
  rules.some(({ when, ...rule }) => rule.outcome === outcome && when.op === 'at-least' && when.cutOff === 'threshold'),
)

/** Which EPDS threshold was in use, whether or not a rule spoke of it. */
function thresholdText({ phrases }: RuleSet, cutOff: CutOff | undefined, chosen: ThresholdPolicy, language: Language): string[] {
  if (cutOff === undefined) return []
  const { value, source, inPlaceOf } = cutOff
  const policy = inPlaceOf === undefined ? chosen : cutOff.id
  return [told(phrases, reason('threshold-in-use', { policy, value, source }), language)]
}

/** One fired rule as a sentence: what it is, on which numbers, from which source, and what must be said with it. */
export function sentenceOf({ rules, phrases }: RuleSet, language: Language, { id, undecided, why, source }: Verdict): string {
  const [stop, space] = language === 'ja' ? ['。', ''] : ['.', ' ']
  const rule = rules.find((one) => one.id === (id === 'X1' ? undecided : id))
  const numbers = told(phrases, why, language)
  const parts =
    id === 'X1'
      ? [`X1: ${told(phrases, reason('decided-by-missing', { rule: undecided ?? '' }), language)}`, numbers]
      : [
          `${id}: ${rule?.title[language] ?? ''}`,
          numbers,
          told(phrases, reason('source', { source: source ?? rule?.source ?? '' }), language),
        ]
  return [...parts.map((part) => part + stop), ...(id !== 'X1' && rule?.statement ? [rule.statement[language]] : [])].join(space)
}

/** Where in her course a response lies, as a sentence. */
export function timeText({ phrases }: Pick<RuleSet, 'phrases'>, { timePoint }: Pick<Assessment, 'timePoint'>, language: Language): string {
  const { phase, day = 0 } = timePoint
  const say = (why: Reason) => told(phrases, why, language)
  if (phase === 'postpartum') return say(reason('postpartum-day', { day }))
  if (phase === 'unknown') return say(reason('time-unknown', { why: whyUnknown({ timePoint }) }))
  return day > 0 ? say(reason('pregnancy-late', { days: day })) : say(reason('pregnancy-day', { days: -day }))
}

const mitigationOf = remembered((ruleSet: RuleSet, site: Site, tier: Tier): Json<string> => {
  const words = site.actions?.[tier] ?? ruleSet.tiers.find(({ id }) => id === tier)!.action
  const safety = tier === 'immediate' && site.safetyText ? ` ${site.safetyText[site.language]}` : ''
  return json(words[site.language] + safety)
})

/** Who answered where it was not she, what is not screened, and notes whose outcome has no prediction to stand in. */
function notesOf({ ruleSet, site }: Knowledge, proxy: boolean, { predictions, verdicts }: Risk): Json<Annotation[]> {
  const lone = verdicts.filter(({ verdict, outcome }) => verdict === 'fired' && !predictions.some((one) => one.outcome === outcome))
  return buildNotes(ruleSet, site, proxy, ...lone)
}

const buildNotes = remembered((ruleSet: RuleSet, site: Site, proxy: boolean, ...lone: Verdict[]): Json<Annotation[]> => {
  const answered = proxy ? [told(ruleSet.phrases, reason('proxy-note'), site.language)] : []
  const notes = [...answered, ruleSet.notScreened[site.language], ...lone.map((one) => sentenceOf(ruleSet, site.language, one))]
  return json(notes.map((text) => ({ text })))
})
