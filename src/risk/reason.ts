import type { Language, Words } from '../instrument/instrument.ts'
import { onceOfText } from '../once.ts'

/** The sentences that reasons and rationales are made of; their words stand in the rule set, so that an old result is told in its own words. */
export const PHRASES = [
  ...[
    'score',
    'score-between',
    'score-at-least',
    'score-below',
    'score-open',
    'cut-off',
    'cut-off-policy',
    'cut-off-site',
    'of-day',
    'no-birth',
  ],
  ...['item-at-least', 'item-earlier', 'items-below', 'items-answered', 'items-unanswered', 'items-high', 'item-weight'],
  ...['in-pregnancy', 'time-inexact', 'time-birth-missing', 'time-undated', 'day-inside', 'day-outside'],
  ...['threshold-low', 'range', 'score-inside', 'score-outside', 'score-range-open'],
  ...['score-incomplete', 'score-zero', 'one-position', 'positions-differ'],
  ...['few-earlier', 'gap-unknown', 'too-soon', 'compared', 'last', 'mean', 'not-surely-above-zero', 'first-above-zero'],
  ...['no-pregnancy-score', 'pregnancy-below', 'pregnancy-at-least', 'report-now', 'no-report', 'report-then', 'proxy', 'proxy-note'],
  ...['postpartum-day', 'pregnancy-day', 'pregnancy-late', 'time-unknown'],
  ...['none-fired', 'not-evaluated', 'source', 'decided-by-missing', 'threshold-in-use', 'probability', 'probability-unknown'],
  ...[
    'explain-form',
    'explain-item',
    'explain-item-unscored',
    'explain-sum',
    'explain-bounds',
    'explain-first',
    'explain-point',
    'explain-earlier',
  ],
  ...['explain-mean', 'explain-change', 'explain-reliable', 'explain-within-error', 'explain-missed'],
  ...['explain-fired', 'explain-not-fired', 'explain-not-evaluated', 'explain-tier', 'explain-versions', 'explain-own-numbers'],
] as const
export type PhraseKey = (typeof PHRASES)[number]
export type Phrases = Readonly<Record<PhraseKey, Words>>

export type Value = string | number | Reason | readonly (string | Reason)[]

/** Why something is so, as the numbers it rests on and the phrase that tells them; or, read back from a resource, as it was told. */
export type Reason = { readonly phrase: PhraseKey; readonly values: Readonly<Record<string, Value>> } | { readonly told: Words }

export const reason = (phrase: PhraseKey, values: Readonly<Record<string, Value>> = {}): Reason => ({ phrase, values })

/** A phrase cut at its names: words at even places, names at odd ones. Cut once, since a summary tells a dozen. */
const cutOf = onceOfText((phrase) => phrase.split(/\{(\w+)\}/) as readonly string[])

/** A reason in words. The same reason gives the same words in each language, always. */
export function told(phrases: Phrases, why: Reason, language: Language): string {
  if ('told' in why) return why.told[language]
  const cut = cutOf(phrases[why.phrase][language])
  let text = cut[0]!
  for (let at = 1; at < cut.length; at += 2) text += valueText(phrases, why.values[cut[at]!] ?? '', language) + cut[at + 1]!
  return text
}

function valueText(phrases: Phrases, value: Value, language: Language): string {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (isList(value)) return value.map((one) => valueText(phrases, one, language)).join(language === 'ja' ? '、' : ', ')
  return told(phrases, value, language)
}

export const isList = (value: Value): value is readonly (string | Reason)[] => Array.isArray(value)
