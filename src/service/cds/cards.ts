import type { FhirResource, QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { assess } from '../../assess.ts'
import { isUnfinished, type Pending, pendingOf } from '../../fhir/pending.ts'
import { type Judged, standingOf } from '../../fhir/standing.ts'
import { scheduleInUse } from '../../risk/knowledge.ts'
import type { Tier } from '../../risk/rule-set.ts'
import { type Due, dueOf } from '../../schedule/due.ts'
import { dueText } from '../../schedule/due-text.ts'
import { referenceKey } from '../../score/reference.ts'
import { knownOf } from '../../trajectory/history.ts'
import { type Card, type CardOrder, cardOf, type Draft, fill, giveLink, linkTo, reasonsOf, reviewLink, titleOf } from './card.ts'
import { immediateCard, prefixIn, prefixOf, stateOf, unreviewedImmediateCard } from './safety-cards.ts'

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
