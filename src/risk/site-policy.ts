import { type CutOff, type Instrument, rangeOf, type Scale } from '../instrument/instrument.ts'
import type { Knowledge, Site } from './knowledge.ts'
import type { Condition, Outcome, Rule, RuleSet } from './rule-set.ts'

/** A cut-off that a site has validated for one wording of one instrument. */
export interface SiteCutOff extends Pick<CutOff, 'value' | 'source' | 'sensitivity' | 'specificity' | 'days'> {
  readonly instrument: string
  readonly version: string
  readonly score: string
  /** The cut-off that it takes the place of, or `threshold`: whatever the EPDS policy names. */
  readonly inPlaceOf: string
  /** Primary language of the text pack that it was validated with. */
  readonly language: string
  readonly phase?: 'pregnancy' | 'postpartum'
}

/** The numbers that a site may set in the place of ours, each with its own source. */
export interface SiteNumbers {
  readonly cutOffs?: readonly SiteCutOff[]
  /** By rule: the days it looks at, a number, or the first and last day after birth. */
  readonly windows?: Readonly<Record<string, number | readonly [number, number]>>
  /** How frequent an outcome is among the women of this site, 0 to 1. */
  readonly prevalence?: Readonly<Partial<Record<Outcome, { readonly value: number; readonly source: string }>>>
}

/** Whether a result of this site may differ from that of another with the same rule set. */
export const hasOwnNumbers = ({ cutOffs = [], windows = {} }: SiteNumbers): boolean => cutOffs.length + Object.keys(windows).length > 0

/** The numbers as one text, whose hash names them in a Provenance; nothing when they are the rule set's own. */
export const ownNumbersText = ({ cutOffs, windows }: SiteNumbers): string | undefined =>
  hasOwnNumbers({ ...(cutOffs && { cutOffs }), ...(windows && { windows }) }) ? JSON.stringify({ cutOffs, windows }) : undefined

type Numbers = Pick<Knowledge, 'instruments' | 'ruleSet'>

/** The rules with the site's numbers in them. `checkSitePolicy` has found no fault. */
export function withSiteNumbers<K extends Numbers>(knowledge: K, { cutOffs = [], windows = {} }: SiteNumbers): K {
  if (!hasOwnNumbers({ cutOffs, windows })) return knowledge
  const { ruleSet, instruments } = knowledge
  const rules = ruleSet.rules.map((rule) => (typeof windows[rule.id] === 'number' ? withDays(rule, windows[rule.id] as number) : rule))
  const days = new Map(
    ruleSet.rules.flatMap(({ id, when }) =>
      when.op === 'at-least' && Array.isArray(windows[id]) ? [[when.cutOff, windows[id]] as const] : [],
    ),
  )
  const scaleWith = (instrument: Instrument, scale: Scale): Scale => ({
    ...scale,
    cutOffs: [
      ...scale.cutOffs.map((one) => (days.has(one.id) ? { ...one, days: days.get(one.id) as readonly [number, number] } : one)),
      ...cutOffs
        .filter((one) => one.instrument === instrument.id && one.version === instrument.version && one.score === scale.code)
        .map(cutOffOfSite),
    ],
  })
  const changed = instruments.map((one) => ({ ...one, scales: one.scales.map((scale) => scaleWith(one, scale)) }))
  return { ...knowledge, ruleSet: { ...ruleSet, rules }, instruments: changed }
}

const cutOffOfSite = ({ inPlaceOf: name, version, language, phase, instrument: _i, score: _s, ...cutOff }: SiteCutOff): CutOff => ({
  ...cutOff,
  id: 'site',
  inPlaceOf: { name, version, language, ...(phase && { phase }) },
})

/** The name under which an operator counts days. */
const DAY_COUNT: Partial<Record<Condition['op'], string>> = {
  rise: 'minimumDays',
  'earlier-in-pregnancy': 'untilDay',
  context: 'withinDays',
}

const withDays = (rule: Rule, days: number): Rule => ({ ...rule, when: { ...rule.when, [DAY_COUNT[rule.when.op]!]: days } as Condition })

/** What is wrong with a number of a site file, and where: `/cutOffs/0/score`. */
export interface SiteFault {
  readonly pointer: string
  readonly message: string
}

/** Whether everything that the site's numbers name exists, and whether they can be. The file has the form of `schemas/site.json`. */
export function checkSitePolicy(site: Site, { instruments, ruleSet }: Numbers): SiteFault[] {
  return [
    ...(site.cutOffs ?? []).flatMap((one, index) => cutOffFaults(one, `/cutOffs/${index}`, instruments)),
    ...Object.entries(site.windows ?? {}).flatMap(([id, window]) => windowFaults(ruleSet, id, window)),
  ]
}

function cutOffFaults(own: SiteCutOff, at: string, instruments: readonly Instrument[]): SiteFault[] {
  const ofId = instruments.filter(({ id }) => id === own.instrument)
  const instrument = ofId.find(({ version }) => version === own.version)
  if (ofId.length === 0) return [fault(`${at}/instrument`, `no instrument ${own.instrument}; there is ${namesOf(instruments)}`)]
  if (instrument === undefined)
    return [fault(`${at}/version`, `no version ${own.version}; there is ${ofId.map(({ version }) => version).join(', ')}`)]
  const scale = instrument.scales.find(({ code }) => code === own.score)
  if (scale === undefined)
    return [fault(`${at}/score`, `no score ${own.score}; there is ${instrument.scales.map(({ code }) => code).join(', ')}`)]
  const names = [...scale.cutOffs.map(({ id }) => id), ...(scale.interpretedBy === 'threshold-policy' ? ['threshold'] : [])]
  const [lowest, highest] = rangeOf(instrument, scale)
  return [
    ...(names.includes(own.inPlaceOf)
      ? []
      : [fault(`${at}/inPlaceOf`, `no cut-off ${own.inPlaceOf}; there is ${names.join(', ') || 'none to replace'}`)]),
    ...(own.value > lowest && own.value <= highest ? [] : [fault(`${at}/value`, `${own.value} lies outside ${lowest + 1} to ${highest}`)]),
    ...((own.sensitivity === undefined) === (own.specificity === undefined) ? [] : [fault(at, 'sensitivity and specificity go together')]),
    ...orderFaults(own.days, `${at}/days`),
  ]
}

function windowFaults({ rules }: RuleSet, id: string, window: number | readonly [number, number]): SiteFault[] {
  const at = `/windows/${id}`
  const rule = rules.find((one) => one.id === id)
  if (rule === undefined) return [fault(at, `no rule ${id}`)]
  if (rule.when.op === 'at-least' && rule.when.days === 'inside')
    return typeof window === 'number' ? [fault(at, 'takes the first and the last day after birth')] : orderFaults(window, at)
  if (rule.when.op === 'at-least' && rule.when.days === 'outside') return [fault(at, 'follows the rule whose days it lies outside of')]
  if (!(rule.when.op in DAY_COUNT)) return [fault(at, 'this rule has no days to set')]
  return typeof window === 'number' ? [] : [fault(at, 'takes a number of days')]
}

const orderFaults = (days: readonly [number, number] | undefined, at: string): SiteFault[] =>
  days === undefined || days[0] <= days[1] ? [] : [fault(at, 'the first day comes after the last')]

const fault = (pointer: string, message: string): SiteFault => ({ pointer, message })
const namesOf = (instruments: readonly Instrument[]): string => [...new Set(instruments.map(({ id }) => id))].join(', ')
