import type { FhirResource, QuestionnaireResponse } from 'fhir/r4.js'
import { v5 as uuidv5 } from 'uuid'
import { sentenceOf, TIER_SYSTEM } from '../../fhir/risk-assessment.ts'
import { canonicalOf, type Instrument } from '../../instrument/instrument.ts'
import type { Verdict } from '../../risk/judge.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import type { Tier } from '../../risk/rule-set.ts'

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
    | 'unreadable'
    | 'notShown'
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

/** A text with its `{name}`s filled in. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))

/** What makes one card different from the others. */
export interface Draft extends Pick<Card, 'summary' | 'indicator'> {
  /** What it is about; with the call it makes the uuid. */
  readonly about: string
  readonly code: Tier | 'due'
  readonly lines: readonly string[]
  readonly links: readonly SmartLink[]
}

/** The card of a draft. Of the same call and the same thing the same `uuid`. */
export function cardOf({ hookInstance, words }: CardOrder, { about, code, summary, indicator, lines, links }: Draft): Card {
  return {
    uuid: uuidv5(`${hookInstance} ${about}`, uuidv5.URL),
    summary: summary.length < 140 ? summary : `${summary.slice(0, 138)}…`,
    detail: [...lines, words.notDiagnosis].join('\n\n'),
    indicator,
    source: { label: 'Kizuna', topic: { system: TIER_SYSTEM, code } },
    links,
  }
}

/** A list of what fired, each with its numbers and source. */
export const reasonsOf = ({ knowledge: { ruleSet, site } }: CardOrder, verdicts: readonly Verdict[]): string =>
  verdicts.map((one) => `- ${sentenceOf(ruleSet, site.language, one)}`).join('\n')

/** What staff call the instrument, in the language of the site. */
export const titleOf = ({ knowledge }: CardOrder, instrument: Instrument | undefined): string =>
  instrument?.shortTitle[knowledge.site.language] ?? 'Kizuna'

export const linkTo = ({ appUrl }: CardOrder, label: string, context: object): SmartLink => ({
  label,
  url: appUrl,
  type: 'smart',
  appContext: JSON.stringify(context),
})

export const giveLink = (order: CardOrder, instrument: Instrument): SmartLink =>
  linkTo(order, fill(order.words.give, { instrument: titleOf(order, instrument) }), {
    intent: 'give',
    fhirContext: [{ canonical: canonicalOf(instrument), type: 'Questionnaire' }],
  })

export const reviewLink = (order: CardOrder, { id }: QuestionnaireResponse): SmartLink =>
  linkTo(order, order.words.review, { intent: 'review', fhirContext: [{ reference: `QuestionnaireResponse/${id}` }] })
