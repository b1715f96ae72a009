import type { Instrument, Language, Scale } from '../instrument/instrument.ts'
import type { Rule } from '../risk/rule-set.ts'
import { accuracyOf, listOf, type RuleSources, whenOf } from './rule-in-words.ts'

/** What the page is made of: prose with gaps (`{{rules}}`), words, and the knowledge that fills them. */
export interface ClinicianPage extends RuleSources {
  readonly template: string
}

const BLOCKS: Readonly<Record<string, (page: ClinicianPage) => string>> = {
  name: ({ ruleSet: { id, version, title }, language }) => `${title[language]} (\`${id}|${version}\`)`,
  tiers: tiersOf,
  rules: rulesOf,
  thresholds: thresholdsOf,
  defaults: defaultsOf,
  notScreened: ({ ruleSet, language }) => ruleSet.notScreened[language],
}

/** The rule set in plain words, as Markdown: every number and source in it is read from the data that judges. Throws on a gap that nothing fills. */
export function clinicianPage(page: ClinicianPage): string {
  return page.template.replaceAll(/\{\{(\w+)\}\}/g, (_gap, name: string) => {
    const block = BLOCKS[name]
    if (block === undefined) throw new Error(`the clinician's page has a gap that nothing fills: ${name}`)
    return block(page)
  })
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n')

function tiersOf({ ruleSet, words, language }: ClinicianPage): string {
  return table(
    words.tierHead,
    ruleSet.tiers.map(({ title, action }) => [`**${title[language]}**`, action[language]]),
  )
}

/** One table per outcome: what fires, in which tier, by whose authority. */
function rulesOf(page: ClinicianPage): string {
  const { ruleSet, words, language } = page
  return ruleSet.outcomes
    .map(({ id, title }) => {
      const rows = ruleSet.rules.filter(({ outcome }) => outcome === id).map((rule) => rowOf(page, rule))
      return `### ${title[language]}\n\n${table(words.ruleHead, rows)}`
    })
    .join('\n\n')
}

function rowOf(page: ClinicianPage, rule: Rule): string[] {
  const { ruleSet, words, language } = page
  const tier = ruleSet.tiers.find(({ id }) => id === rule.tier)?.title[language] ?? words.note
  const sentences = [whenOf(page, rule), rule.statement?.[language], rule.proxy === true ? words.proxy : undefined]
  // The stop stands outside of the bold: between it and a Japanese letter Markdown would not see the end.
  const gap = language === 'ja' ? '' : ' '
  return [rule.id, [`**${rule.title[language]}**${words.stop}`, ...sentences.filter((one) => one)].join(gap), tier, rule.source]
}

function thresholdsOf({ ruleSet, instruments, words }: ClinicianPage): string {
  const scale = scaleOfPolicy(instruments)
  const rows = Object.entries(ruleSet.thresholds).map(([policy, id]) => {
    const cutOff = scale.cutOffs.find((one) => one.id === id)!
    return [`\`${policy}\``, `≥ ${cutOff.value}`, accuracyOf(words, cutOff) ?? words.unpublished, cutOff.source]
  })
  return table(words.thresholdHead, rows)
}

const scaleOfPolicy = (instruments: readonly Instrument[]): Scale =>
  instruments.flatMap(({ scales }) => scales).find(({ interpretedBy }) => interpretedBy === 'threshold-policy')!

function defaultsOf({ ruleSet, words }: ClinicianPage): string {
  const named = Object.entries(ruleSet.defaultThreshold).map(
    ([language, policy]) => `${language === '*' ? words.any : (words.languages[language as Language] ?? language)} \`${policy}\``,
  )
  return listOf(words, named)
}
