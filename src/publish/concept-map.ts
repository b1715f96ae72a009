import type { ConceptMap, ConceptMapGroupElement } from 'fhir/r4.js'
import uniqBy from 'lodash/uniqBy.js'
import { type Instrument, LOINC } from '../instrument/instrument.ts'
import { headOf, systemOf } from './artifact.ts'

/**
 * Our score and panel codes → LOINC, as far as LOINC has them. Nothing is mapped to a code that is only near; of two versions of an instrument the first
 * has the say.
 * @see https://hl7.org/fhir/R4/conceptmap.html
 */
export function buildScoreConceptMap(instruments: readonly Instrument[], version: string): ConceptMap {
  const element = instruments.flatMap(({ id, shortTitle, loinc, scales }) => [
    ...(loinc === undefined ? [] : [mapped(`${id}-panel`, `${shortTitle.en} panel`, loinc)]),
    ...scales.flatMap((scale) => (scale.loinc === undefined ? [] : [mapped(scale.code, scale.title.en, scale.loinc)])),
  ])
  return {
    ...headOf('ConceptMap', 'score-to-loinc', version),
    title: 'Scores and panels in LOINC',
    status: 'active',
    experimental: false,
    description: 'A panel is never the code of a total: the total of the EPDS is 99046-5, its panel 71354-5.',
    group: [{ source: systemOf('score'), target: LOINC, element: uniqBy(element, 'code') }],
  }
}

const mapped = (code: string, display: string, loinc: string): ConceptMapGroupElement => ({
  code,
  display,
  target: [{ code: loinc, equivalence: 'equivalent' }],
})
