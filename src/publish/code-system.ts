import type { CodeSystem, CodeSystemConcept } from 'fhir/r4.js'
import uniqBy from 'lodash/uniqBy.js'
import type { Instrument, Words } from '../instrument/instrument.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import { headOf, systemOf } from './artifact.ts'
import type { Translated } from './translation.ts'
import type { Wording } from './wording.ts'

/** One code that this project itself words. */
export interface Concept {
  readonly code: string
  readonly display: Words
  readonly definition?: string
}

/** What `resources/codes.json` holds: the project's own code systems, with the codes that stand in no other resource file. */
export interface Codes {
  readonly version: string
  readonly systems: Readonly<Record<string, { readonly title: Words; readonly concepts: readonly Concept[] }>>
}

/** The code systems of the project as a whole: scores, methods, tiers, outcomes, rules, text statuses, dialects. Of two versions the first has the say. */
export function buildCodeSystems(codes: Codes, instruments: readonly Instrument[], ruleSet: RuleSet): CodeSystem[] {
  const derived = derivedConcepts(instruments, ruleSet)
  return Object.entries(codes.systems).map(([id, { title, concepts }]) =>
    codeSystem(headOf('CodeSystem', id, codes.version), title.en, uniqBy([...(derived[id] ?? []), ...concepts], 'code').map(conceptOf)),
  )
}

/** The codes that other resource files define: each is written once, there. */
function derivedConcepts(instruments: readonly Instrument[], ruleSet: RuleSet): Readonly<Record<string, readonly Concept[]>> {
  const scored = instruments.filter(({ scales }) => scales.length > 0)
  return {
    score: scored.flatMap((instrument) => [
      panelConcept(instrument),
      ...instrument.scales.map(({ code, title }) => ({ code, display: title })),
    ]),
    method: [
      ...scored.map(({ id, title, citation }) => ({ code: id, display: title, definition: citation })),
      { code: ruleSet.id, display: ruleSet.title },
    ],
    tier: ruleSet.tiers.map(({ id, title, action }) => ({ code: id, display: title, definition: action.en })),
    outcome: ruleSet.outcomes.map(({ id, title }) => ({ code: id, display: title })),
    rule: ruleConcepts(ruleSet),
  }
}

const panelConcept = ({ id, shortTitle }: Instrument): Concept => ({
  code: `${id}-panel`,
  display: { en: `${shortTitle.en} panel`, ja: `${shortTitle.ja} パネル` },
})

/** A rule written for two instruments (S4) is one concept with both titles. */
function ruleConcepts({ rules }: RuleSet): Concept[] {
  return [...Map.groupBy(rules, ({ id }) => id)].map(([code, same]) => ({
    code,
    display: { en: same.map(({ title }) => title.en).join('; '), ja: same.map(({ title }) => title.ja).join('、') },
    definition: `Source: ${[...new Set(same.map(({ source }) => source))].join('; ')}.`,
  }))
}

const conceptOf = ({ code, display, definition }: Concept): CodeSystemConcept => ({
  code,
  display: display.en,
  ...(definition !== undefined && { definition }),
  designation: [{ language: 'ja', value: display.ja }],
})

/** The items and the answers of one instrument, where LOINC has no codes for them. The weight is no property of a code (it is the item's). */
export function buildInstrumentCodeSystems(instrument: Instrument, wording: Wording): CodeSystem[] {
  const { id, version, answerSystem } = instrument
  const [itemId, answerId] = [`item-${id}`, `answer-${id}`]
  const own = instrument.items.filter(({ loinc }) => loinc === undefined)
  const codes = answerSystem === systemOf(answerId) ? answerCodes(instrument) : []
  const items = own.map(({ linkId }) => worded(linkId, wording.item(linkId)))
  const answers = codes.map((code) => worded(code, wording.option(code)))
  const about = { language: wording.language, copyright: wording.copyright }
  const title = instrument.shortTitle.en
  return [
    ...(items.length > 0 ? [{ ...codeSystem(headOf('CodeSystem', itemId, version), `${title}: items`, items), ...about }] : []),
    ...(answers.length > 0 ? [{ ...codeSystem(headOf('CodeSystem', answerId, version), `${title}: answers`, answers), ...about }] : []),
  ]
}

const answerCodes = ({ items }: Instrument): string[] => [...new Set(items.flatMap(({ options }) => options.map(({ code }) => code)))]

const worded = (code: string, { text, others }: Translated): CodeSystemConcept => ({
  code,
  display: text,
  ...(others.length > 0 && { designation: others.map(([language, value]) => ({ language, value })) }),
})

const codeSystem = (head: ReturnType<typeof headOf<'CodeSystem'>>, title: string, concept: CodeSystemConcept[]): CodeSystem => ({
  ...head,
  title,
  status: 'active',
  experimental: false,
  caseSensitive: true,
  content: 'complete',
  count: concept.length,
  concept,
})
