import type { CutOff, Instrument, Language } from '../instrument/instrument.ts'
import type { Condition, Rule, RuleSet } from '../risk/rule-set.ts'

/** The sentences of `resources/clinician/words.json` in one language; `{name}` is a gap. */
export interface ClinicianWords {
  readonly tierHead: readonly string[]
  readonly ruleHead: readonly string[]
  readonly thresholdHead: readonly string[]
  readonly note: string
  readonly stop: string
  readonly item: string
  readonly or: string
  readonly comma: string
  readonly any: string
  readonly languages: Readonly<Partial<Record<string, string>>>
  readonly days: Readonly<Record<'inside' | 'outside', string>>
  readonly phases: Readonly<Record<string, string>>
  readonly proxy: string
  readonly accuracy: string
  readonly published: string
  readonly unpublished: string
  readonly above: Readonly<Record<string, string>>
  /** By operator. One that has no sentence is told by the rule's title alone. */
  readonly when: Readonly<Partial<Record<Condition['op'], string>>>
  readonly minimumDays: string
}

export interface RuleSources {
  readonly words: ClinicianWords
  readonly language: Language
  readonly ruleSet: RuleSet
  readonly instruments: readonly Instrument[]
}

export const fill = (sentence: string, gaps: Readonly<Record<string, string>>): string =>
  sentence.replaceAll(/\{(\w+)\}/g, (gap, name: string) => gaps[name] ?? gap)

export const listOf = ({ comma }: ClinicianWords, parts: readonly string[]): string => parts.join(comma)

/** When a rule fires, as a sentence: its condition's operator gives the form, its parameters and the instruments' cut-offs the numbers. */
export function whenOf(sources: RuleSources, { when }: Rule): string | undefined {
  const sentence = sources.words.when[when.op]
  return sentence === undefined ? undefined : fill(sentence, { ...plainGapsOf(when), ...namedGapsOf(sources, when) }).trim()
}

/** Parameters that stand in the sentence as they are. */
const plainGapsOf = (when: Condition): Record<string, string> =>
  Object.fromEntries(Object.entries(when).flatMap(([name, value]) => (typeof value === 'object' ? [] : [[name, String(value)]])))

function namedGapsOf(sources: RuleSources, when: Condition): Record<string, string> {
  const { words } = sources
  const parameters = when as Readonly<Record<string, unknown>>
  const lists = (name: string) => (Array.isArray(parameters[name]) ? (parameters[name] as string[]) : [])
  const minimum = parameters.minimumDays
  return {
    items: lists('items')
      .map((linkId) => itemName(sources, linkId))
      .join(words.or),
    phases: lists('phases')
      .map((phase) => words.phases[phase] ?? phase)
      .join(words.or),
    above: lists('above')
      .map((one) => words.above[one] ?? one)
      .join(words.or),
    ...(typeof parameters.score === 'string' && { score: scaleTitle(sources, parameters.score) }),
    ...(typeof parameters.cutOff === 'string' && cutOffGaps(sources, parameters.cutOff, parameters.days)),
    ...(typeof parameters.from === 'string' && { from: floorText(sources) }),
    minimumDays: typeof minimum === 'number' ? fill(words.minimumDays, { days: String(minimum) }) : '',
  }
}

function itemName({ words, instruments }: RuleSources, linkId: string): string {
  const instrument = instruments.findLast(({ items }) => items.some((item) => item.linkId === linkId))
  if (instrument === undefined) return linkId
  const number = String(instrument.items.findIndex((item) => item.linkId === linkId) + 1)
  return fill(words.item, { instrument: instrument.shortTitle.en, number })
}

const scaleTitle = ({ instruments, language }: RuleSources, code: string): string =>
  instruments.flatMap(({ scales }) => scales).findLast((scale) => scale.code === code)?.title[language] ?? code

const cutOffOf = ({ instruments }: RuleSources, id: string) =>
  instruments.flatMap(({ scales }) => scales.flatMap(({ cutOffs }) => cutOffs)).findLast((cutOff) => cutOff.id === id)

/** A cut-off's number, which the rule's title says too, the days for which it was studied and what was published of it. The threshold has its own table. */
function cutOffGaps(sources: RuleSources, id: string, days: unknown): Record<string, string> {
  const cutOff = cutOffOf(sources, id)
  const [first, last] = cutOff?.days ?? [0, 0]
  const isWindow = days === 'inside' || days === 'outside'
  const window = isWindow ? fill(sources.words.days[days], { first: String(first), last: String(last) }) : ''
  const accuracy = cutOff && accuracyOf(sources.words, cutOff)
  const published = accuracy === undefined ? '' : fill(sources.words.published, { accuracy })
  return { ...(cutOff && { cutOff: String(cutOff.value) }), days: window, published }
}

/** Sensitivity and specificity as people of a hundred: nobody has to turn a probability round in the head. */
export function accuracyOf(words: ClinicianWords, { sensitivity, specificity }: CutOff): string | undefined {
  if (sensitivity === undefined || specificity === undefined) return undefined
  const inHundred = (share: number) => String(Math.round(share * 100))
  return fill(words.accuracy, { found: inHundred(sensitivity), false: inHundred(1 - specificity) })
}

/** `9 (Japanese), 10 (any other language)`. */
function floorText(sources: RuleSources): string {
  const { words, ruleSet } = sources
  return listOf(
    words,
    Object.entries(ruleSet.floor).map(([language, id]) => {
      const name = language === '*' ? words.any : (words.languages[language] ?? language)
      return `${cutOffOf(sources, id)?.value} (${name})`
    }),
  )
}
