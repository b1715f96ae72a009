import type { FhirResource, QuestionnaireResponse, RiskAssessment, Task } from 'fhir/r4.js'
import { ACKNOWLEDGEMENT, type AcknowledgementState, acknowledgementState } from '../../fhir/acknowledgement.ts'
import type { Pending } from '../../fhir/pending.ts'
import { type Judged, resultPrefixIn } from '../../fhir/standing.ts'
import type { Verdict } from '../../risk/judge.ts'
import { identityOf } from '../../score/context.ts'
import { RESULT_SYSTEM, resultPrefixOf } from '../../score/identity.ts'
import { referenceKey } from '../../score/reference.ts'
import { type Card, type CardOrder, cardOf, fill, linkTo, reasonsOf, reviewLink, titleOf } from './card.ts'

/** What the identifiers of all results of the response begin with that a judgement is about. */
export const prefixOf = (assessments: readonly RiskAssessment[], { reference }: Judged): string | undefined => {
  const assessment = assessments.find(({ id }) => reference === `RiskAssessment/${id}`)
  return assessment && resultPrefixIn(assessment)
}

/** The same of a response itself. */
export function prefixIn(response: QuestionnaireResponse): string | undefined {
  const identity = identityOf(response)
  return identity === undefined ? undefined : resultPrefixOf(identity)
}

/** How far somebody has come with it; where nothing is known, nobody has attended to it. */
export function stateOf({ evidence, patientId, now }: CardOrder, prefix: string | undefined): AcknowledgementState {
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

/** Judged, and wanting somebody now; or, once somebody has written what was done, a reminder. */
export function immediateCard(order: CardOrder, judged: Judged, state: AcknowledgementState): Card {
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

/** Answered, and read by nobody yet. */
export function unreviewedImmediateCard(order: CardOrder, { response, instrument, result }: Pending, state: AcknowledgementState): Card {
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

const safetyIn = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter(({ outcome, undecided }) => (outcome === 'self-harm' || outcome === 'infant-harm') && undecided === undefined)

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
