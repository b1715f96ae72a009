import type { CodeableConcept, ObservationDefinition, ObservationDefinitionQualifiedInterval } from 'fhir/r4.js'
import { type CutOff, type Instrument, LOINC, rangeOf, type Scale } from '../instrument/instrument.ts'
import { canonicalUrl, SURVEY, systemOf } from './artifact.ts'

const SCORE_UNIT: CodeableConcept = { coding: [{ system: 'http://unitsofmeasure.org', code: '{score}', display: 'score' }] }

/**
 * What one score is: its codes, its unit, the range it can have and, for each cut-off, the range below it with the study that gave it. Its
 * identifier is its canonical, and the version stands with the method, as in the Observations that are written.
 * @see https://hl7.org/fhir/R4/observationdefinition.html
 */
export function buildObservationDefinition(instrument: Instrument, scale: Scale): ObservationDefinition {
  const { id, version, shortTitle } = instrument
  return {
    resourceType: 'ObservationDefinition',
    id: scale.code,
    category: [{ coding: [SURVEY] }],
    code: {
      coding: [
        { system: systemOf('score'), code: scale.code, display: scale.title.en },
        ...(scale.loinc === undefined ? [] : [{ system: LOINC, code: scale.loinc }]),
      ],
      text: scale.title.en,
    },
    identifier: [{ system: 'urn:ietf:rfc:3986', value: canonicalUrl('ObservationDefinition', scale.code) }],
    permittedDataType: ['Quantity'],
    multipleResultsAllowed: false,
    method: { coding: [{ system: systemOf('method'), version, code: id, display: `${shortTitle.en} ${version}` }] },
    preferredReportName: scale.title.en,
    quantitativeDetails: { customaryUnit: SCORE_UNIT, unit: SCORE_UNIT, decimalPrecision: 0 },
    qualifiedInterval: intervalsOf(instrument, scale),
  }
}

function intervalsOf(instrument: Instrument, scale: Scale): ObservationDefinitionQualifiedInterval[] {
  const [low, high] = rangeOf(instrument, scale)
  const below = (cutOff: CutOff): ObservationDefinitionQualifiedInterval => ({
    category: 'reference',
    range: rangeFrom(low, cutOff.value - 1),
    condition: conditionOf(cutOff),
  })
  return [
    { category: 'absolute', range: rangeFrom(low, high), condition: 'Every score that is possible, all items answered' },
    ...scale.cutOffs.map(below),
  ]
}

const rangeFrom = (low: number, high: number) => ({ low: scoreOf(low), high: scoreOf(high) })
const scoreOf = (value: number) => ({ value, unit: 'score', system: 'http://unitsofmeasure.org', code: '{score}' })

function conditionOf({ id, value, source, sensitivity, specificity, days }: CutOff): string {
  const accuracy =
    sensitivity === undefined || specificity === undefined ? '' : `; at the cut-off sensitivity ${sensitivity}, specificity ${specificity}`
  const window = days === undefined ? '' : `; studied on postpartum day ${days[0]} to ${days[1]} only`
  return `below ${value} (${id}): ${source}${accuracy}${window}`
}
