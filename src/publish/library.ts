import type { Library } from 'fhir/r4.js'
import { canonicalOf, type Instrument } from '../instrument/instrument.ts'
import type { RuleSet } from '../risk/rule-set.ts'
import { headOf } from './artifact.ts'

/** A rule set with the text it was read from and the SHA-256 of that text, in hex. */
export interface RuleSetSource {
  readonly ruleSet: RuleSet
  readonly ruleSetText: string
  readonly ruleSetHash: string
  /** The rules in plain words for clinicians, as Markdown, by language. */
  readonly ruleSetPages: ReadonlyMap<string, string>
}

/**
 * The rule set as it is evaluated, byte for byte (the hash is the one that `Provenance.policy` names), and the same in plain words.
 * @see https://hl7.org/fhir/R4/library.html
 */
export function buildRuleLibrary(source: RuleSetSource, instruments: readonly Instrument[]): Library {
  const { ruleSet, ruleSetText, ruleSetHash, ruleSetPages } = source
  const { id, version, title, rules } = ruleSet
  const judged = instruments.filter((instrument) => rules.some((rule) => rule.instrument === instrument.id))
  return {
    ...headOf('Library', id, version),
    identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:sha256:${ruleSetHash}` }],
    title: title.en,
    status: 'active',
    experimental: false,
    type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'logic-library' }] },
    description: 'Cut-offs and course of scores → tier of attention. Each rule names its source; none diagnoses and none forecasts.',
    relatedArtifact: [
      ...judged.map((instrument) => ({ type: 'depends-on' as const, resource: canonicalOf(instrument) })),
      ...[...new Set(rules.map(({ source }) => source))].map((citation) => ({ type: 'citation' as const, citation })),
    ],
    content: [
      { contentType: 'application/json', data: base64Of(ruleSetText), title: `${id} ${version}` },
      ...[...ruleSetPages].map(([language, page]) => ({
        contentType: 'text/markdown',
        language,
        data: base64Of(page),
        title: `${id} ${version}, for clinicians`,
      })),
    ],
  }
}

const base64Of = (text: string): string => Buffer.from(text, 'utf8').toString('base64')
