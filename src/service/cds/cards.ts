import type { FhirResource, QuestionnaireResponse, RiskAssessment, Task } from 'fhir/r4.js'
import { v5 as uuidv5 } from 'uuid'
import { assess } from '../../assess.ts'
import { ACKNOWLEDGEMENT, type AcknowledgementState, acknowledgementState } from '../../fhir/acknowledgement.ts'
import { isUnfinished, type Pending, pendingOf } from '../../fhir/pending.ts'
import { sentenceOf, TIER_SYSTEM } from '../../fhir/risk-assessment.ts'
import { type Judged, resultPrefixIn, standingOf } from '../../fhir/standing.ts'
import { canonicalOf, type Instrument } from '../../instrument/instrument.ts'
import type { Verdict } from '../../risk/judge.ts'
import { type Knowledge, scheduleInUse } from '../../risk/knowledge.ts'
import type { Tier } from '../../risk/rule-set.ts'
import { type Due, dueOf } from '../../schedule/due.ts'
import { dueText } from '../../schedule/due-text.ts'
import { identityOf } from '../../score/context.ts'
import { RESULT_SYSTEM, resultPrefixOf } from '../../score/identity.ts'
import { referenceKey } from '../../score/reference.ts'
import { knownOf } from '../../trajectory/history.ts'

/** Words of the cards, `resources/cds-hooks.json`, by language; `{name}` stands for a value. */
export type CdsWords = Readonly<
  Record<
    | 'title'
    | 'description'
    | 'immediate'
    | 'unreviewedImmediate'
    | 'attended'
    | 'seen'
    | 'late'
    | 'tier'
    | 'due'
    | 'overdue'
    | 'unreviewed'
    | 'chart'
    | 'give'
    | 'review'
    | 'call'
    | 'daysOld'
    | 'notDiagnosis',
    string
  >
>

/** @see https://cds-hooks.hl7.org/2.0/#card-attributes */
export interface Card {
  readonly uuid: string
  /** Under 140 characters. */
  readonly summary: string
  /** Markdown. */
  readonly detail: string
  readonly indicator: 'info' | 'warning' | 'critical'
  readonly source: { readonly label: string; readonly topic: { readonly system: string; readonly code: string } }
  readonly links: readonly SmartLink[]
}

export interface SmartLink {
  readonly label: string
  readonly url: string
  readonly type: 'smart'
  /** JSON that the app reads after the launch: `fhirContext` and `intent` as SMART App Launch has them. */
  readonly appContext: string
}

export interface CardOrder {
  readonly knowledge: Knowledge
  readonly words: CdsWords
  /** Everything that was read about her; other women's is passed over. */
  readonly evidence: readonly FhirResource[]
  readonly patientId: string
  readonly now: string
  readonly appUrl: string
  readonly hookInstance: string
}

/**
 * The cards of one opened chart, the most pressing first: safety answers that want somebody now (judged, or not reviewed by anybody yet), her tier with its
 * reasons, forms nobody has reviewed, and what is due. Nothing to say: no card. Of the same call the same cards, by `uuid` too.
 */
export function cardsOf(order: CardOrder): Card[] {
  const { knowledge, evidence, patientId, now } = order
  const subject = `Patient/${patientId}`
  const hers = (resource: FhirResource) => referenceKey((resource as { subject?: never }).subject) === subject
  const assessments = evidence.filter((one): one is RiskAssessment => one.resourceType === 'RiskAssessment' && hers(one))
  const responses = evidence.filter((one): one is QuestionnaireResponse => one.resourceType === 'QuestionnaireResponse' && hers(one))
  const known = knownOf(evidence, { reference: subject }, now)
  const { instruments, site } = knowledge
  const { observations } = known
  const standing = standingOf({ instruments, assessments, observations, responses, now, windowDays: site.tierWindowDays })
  const pending = pendingOf({ instruments, assessments, responses }, (response) => assess(knowledge, response, evidence))
  const judgedIds = new Set(standing.current.map(({ responseId }) => responseId))
  const unread = pending.filter(({ response }) => !judgedIds.has(response.id))
  const absenceCodes = site.noInfantCodes ?? []
  const { due } = dueOf(scheduleInUse(knowledge), { instruments, known, now, absenceCodes })
  return [
    ...standing.current
      .filter(({ tier }) => tier === 'immediate')
      .map((judged) => immediateCard(order, judged, stateOf(order, prefixOf(assessments, judged)))),
    ...unread
      .filter(({ result }) => result.risk.tier === 'immediate')
      .map((one) => unreviewedImmediateCard(order, one, stateOf(order, prefixIn(one.response)))),
    ...tierCard(order, standing.tier, standing.current),
    ...unreviewedCard(
      order,
      unread.filter(({ response, result }) => !isUnfinished(response) && result.risk.tier !== 'immediate'),
    ),
    ...dueCard(
      order,
      due.filter(({ state }) => state === 'due' || state === 'overdue'),
    ),
  ]
}

const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))

interface Draft extends Pick<Card, 'summary' | 'indicator'> {
  /** What it is about; with the call it makes the uuid. */
  readonly about: string
  readonly code: Tier | 'due'
  readonly lines: readonly string[]
  readonly links: readonly SmartLink[]
}

function cardOf({ hookInstance, words }: CardOrder, { about, code, summary, indicator, lines, links }: Draft): Card {
  return {
    uuid: uuidv5(`${hookInstance} ${about}`, uuidv5.URL),
    summary: summary.length < 140 ? summary : `${summary.slice(0, 138)}…`,
    detail: [...lines, words.notDiagnosis].join('\n\n'),
    indicator,
    source: { label: 'Kizuna', topic: { system: TIER_SYSTEM, code } },
    links,
  }
}

const prefixOf = (assessments: readonly RiskAssessment[], { reference }: Judged): string | undefined => {
  const assessment = assessments.find(({ id }) => reference === `RiskAssessment/${id}`)
  return assessment && resultPrefixIn(assessment)
}

function prefixIn(response: QuestionnaireResponse): string | undefined {
  const identity = identityOf(response)
  return identity === undefined ? undefined : resultPrefixOf(identity)
}

/** How far somebody has come with it; where nothing is known, nobody has attended to it. */
function stateOf({ evidence, patientId, now }: CardOrder, prefix: string | undefined): AcknowledgementState {
  const isOf = (one: FhirResource): one is Task =>
    one.resourceType === 'Task' &&
    referenceKey(one.for) === `Patient/${patientId}` &&
    (one.identifier ?? []).some(({ system, value }) => system === RESULT_SYSTEM && value === `${prefix}.${ACKNOWLEDGEMENT}`)
  return acknowledgementState(prefix === undefined ? undefined : evidence.find(isOf), now)
}

/** Who has read it without more being written, and that time is up. */
const progressOf = ({ words }: CardOrder, { seen, isLate }: AcknowledgementState): string[] => [
  ...(seen ? [fill(words.seen, { when: timeText(seen.when) })] : []),
  ...(isLate ? [words.late] : []),
]

const timeText = (instant: string): string => instant.slice(0, 16).replace('T', ' ')

function immediateCard(order: CardOrder, judged: Judged, state: AcknowledgementState): Card {
  const { effective, fired, reference, ageInDays } = judged
  const values = { instrument: titleOf(order, judged.instrument), date: effective.slice(0, 10) }
  const age = fill(order.words.daysOld, { days: ageInDays, ...values })
  const reasons = reasonsOf(order, safetyIn(fired))
  const { done } = state
  return cardOf(order, {
    about: reference,
    code: 'immediate',
    indicator: done ? 'warning' : 'critical',
    summary: done ? fill(order.words.attended, { ...values, when: timeText(done.when) }) : fill(order.words.immediate, values),
    lines: done ? [age, reasons] : [age, ...progressOf(order, state), reasons, ...callsOf(order)],
    links: [linkTo(order, order.words.chart, { intent: 'chart' })],
  })
}

function unreviewedImmediateCard(order: CardOrder, { response, instrument, result }: Pending, state: AcknowledgementState): Card {
  const values = { instrument: titleOf(order, instrument), date: (response.authored ?? '').slice(0, 10) }
  const fired = result.risk.verdicts.filter(({ verdict }) => verdict === 'fired')
  return cardOf(order, {
    about: `unreviewed ${response.id}`,
    code: 'immediate',
    indicator: 'critical',
    summary: fill(order.words.unreviewedImmediate, values),
    lines: [...progressOf(order, state), reasonsOf(order, safetyIn(fired)), ...callsOf(order)],
    links: [reviewLink(order, response)],
  })
}

/** Above it stand the cards of `immediate`; `routine` and `none` are no news in a chart that is being opened. */
function tierCard(order: CardOrder, tier: Tier, current: readonly Judged[]): Card[] {
  const shown = tier === 'immediate' ? undefined : current.find((one) => one.tier === tier)
  if (shown === undefined || tier === 'routine' || tier === 'none') return []
  const { ruleSet, site } = order.knowledge
  const { title, action } = ruleSet.tiers.find(({ id }) => id === tier)!
  const of = current.filter((one) => one.tier === tier)
  const values = { tier: title[site.language], instrument: titleOf(order, shown.instrument), date: shown.effective.slice(0, 10) }
  const draft: Draft = {
    about: 'tier',
    code: tier,
    indicator: tier === 'watch' ? 'info' : 'warning',
    summary: fill(order.words.tier, values),
    lines: [
      ...of.map((one) => reasonsOf(order, one.fired)),
      `**${(site.actions?.[tier] ?? action)[site.language]}**`,
      fill(order.words.daysOld, { days: shown.ageInDays, ...values }),
    ],
    links: [linkTo(order, order.words.chart, { intent: 'chart' })],
  }
  return [cardOf(order, draft)]
}

function unreviewedCard(order: CardOrder, pending: readonly Pending[]): Card[] {
  const [newest] = pending
  if (newest === undefined) return []
  const list = pending.map(({ response, instrument }) => `- ${titleOf(order, instrument)}, ${(response.authored ?? '').slice(0, 10)}`)
  return [
    cardOf(order, {
      about: 'unreviewed',
      code: 'open',
      indicator: 'info',
      summary: fill(order.words.unreviewed, { count: pending.length }),
      lines: [list.join('\n')],
      links: [reviewLink(order, newest.response)],
    }),
  ]
}

function dueCard(order: CardOrder, due: readonly Due[]): Card[] {
  if (due.length === 0) return []
  const { instruments, site } = order.knowledge
  const ids = [...new Set(due.flatMap((one) => one.instruments))]
  const asked = ids.flatMap((id) => instruments.findLast((one) => one.id === id) ?? [])
  const isLate = due.some(({ state }) => state === 'overdue')
  const list = due.map((one) => `- ${dueText(one, instruments, site.language)}`)
  return [
    cardOf(order, {
      about: 'due',
      code: 'due',
      indicator: isLate ? 'warning' : 'info',
      summary: fill(order.words[isLate ? 'overdue' : 'due'], { instruments: asked.map((one) => titleOf(order, one)).join(', ') }),
      lines: [list.join('\n')],
      links: asked.map((one) => giveLink(order, one)),
    }),
  ]
}

const safetyIn = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter(({ outcome, undecided }) => (outcome === 'self-harm' || outcome === 'infant-harm') && undecided === undefined)

const reasonsOf = ({ knowledge: { ruleSet, site } }: CardOrder, verdicts: readonly Verdict[]): string =>
  verdicts.map((one) => `- ${sentenceOf(ruleSet, site.language, one)}`).join('\n')

/** What to do now, and whom to call. */
function callsOf({ knowledge: { ruleSet, site }, words }: CardOrder): string[] {
  const action = site.actions?.immediate ?? ruleSet.tiers.find(({ id }) => id === 'immediate')!.action
  const contacts = (site.contacts ?? []).map(({ name, phone }) => `- ${fill(words.call, { name, phone })}`)
  return [
    `**${action[site.language]}**`,
    ...(site.safetyText ? [site.safetyText[site.language]] : []),
    ...(contacts.length > 0 ? [contacts.join('\n')] : []),
  ]
}

const titleOf = ({ knowledge }: CardOrder, instrument: Instrument | undefined): string =>
  instrument?.shortTitle[knowledge.site.language] ?? 'Kizuna'

const linkTo = ({ appUrl }: CardOrder, label: string, context: object): SmartLink => ({
  label,
  url: appUrl,
  type: 'smart',
  appContext: JSON.stringify(context),
})

const giveLink = (order: CardOrder, instrument: Instrument): SmartLink =>
  linkTo(order, fill(order.words.give, { instrument: titleOf(order, instrument) }), {
    intent: 'give',
    fhirContext: [{ canonical: canonicalOf(instrument), type: 'Questionnaire' }],
  })

const reviewLink = (order: CardOrder, { id }: QuestionnaireResponse): SmartLink =>
  linkTo(order, order.words.review, { intent: 'review', fhirContext: [{ reference: `QuestionnaireResponse/${id}` }] })
