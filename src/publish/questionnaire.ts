import type { Coding, Extension, Questionnaire, QuestionnaireItem, QuestionnaireItemAnswerOption } from 'fhir/r4.js'
import { type AnswerOption, type Instrument, type Item, LOINC, type Scale } from '../instrument/instrument.ts'
import { instructionLinkIdOf } from '../instrument/text-pack.ts'
import { headOf, SURVEY, systemOf } from './artifact.ts'
import { calculatedExpression } from './calculated-expression.ts'
import { translationsOf } from './translation.ts'
import type { Wording } from './wording.ts'

/** What the profiles and extensions of SDC's Questionnaires begin with. */
export const SDC = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire'
const ITEM_CONTROL = 'http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl'
export const ITEM_WEIGHT = 'http://hl7.org/fhir/StructureDefinition/itemWeight'
const HIDDEN = 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden'
const UNIT = 'http://hl7.org/fhir/StructureDefinition/questionnaire-unit'

/**
 * The Questionnaire of one instrument: its instruction, its questions with the weight on each `answerOption` (where SDC 4 wants it),
 * its totals as hidden items that calculate themselves. `draft` and `experimental` unless its wording may be given to mothers.
 * No item is required: declining is an answer too, and a total stays empty then.
 * @see https://hl7.org/fhir/R4/questionnaire.html
 */
export function buildQuestionnaire(instrument: Instrument, wording: Wording): Questionnaire {
  const { id, version, scales, items } = instrument
  const title = wording.titled(instrument.title)
  const code = panelOf(instrument)
  return {
    ...headOf('Questionnaire', id, version),
    meta: { profile: profilesOf(instrument), tag: [{ system: systemOf('text-status'), code: wording.status }] },
    language: wording.language,
    extension: [SEMVER],
    title: title.text,
    ...translationsOf('_title', title),
    status: wording.forMothers ? 'active' : 'draft',
    experimental: !wording.forMothers,
    subjectType: ['Patient'],
    description: instrument.citation,
    copyright: wording.copyright,
    ...(code && { code: [code] }),
    item: [
      ...instructionItem(instrument, wording),
      ...items.map((item, index) => questionItem(instrument, item, { wording, number: index + 1 })),
      ...scales.map((scale) => totalItem(scale, wording)),
    ],
  }
}

/** How versions are compared: SDC 4 asks every Questionnaire with a version to say so (sdc-2). */
export const SEMVER: Extension = {
  url: 'http://hl7.org/fhir/StructureDefinition/artifact-versionAlgorithm',
  valueCoding: { system: 'http://hl7.org/fhir/version-algorithm', code: 'semver' },
}

/** Only what holds: without scales nothing calculates itself and nothing is extracted. */
const profilesOf = ({ scales }: Instrument): string[] => [
  SDC,
  `${SDC}-render`,
  ...(scales.length > 0 ? [`${SDC}-behave`, `${SDC}-extr-obsn`] : []),
]

function panelOf({ id, loinc, scales }: Instrument): Coding | undefined {
  if (loinc !== undefined) return { system: LOINC, code: loinc }
  return scales.length > 0 ? { system: systemOf('score'), code: `${id}-panel` } : undefined
}

function instructionItem(instrument: Instrument, { instruction }: Wording): QuestionnaireItem[] {
  if (instruction === undefined) return []
  return [{ linkId: instructionLinkIdOf(instrument), text: instruction.text, ...translationsOf('_text', instruction), type: 'display' }]
}

function questionItem(instrument: Instrument, item: Item, { wording, number }: { wording: Wording; number: number }): QuestionnaireItem {
  const text = wording.item(item.linkId)
  const code =
    item.loinc === undefined ? { system: systemOf(`item-${instrument.id}`), code: item.linkId } : { system: LOINC, code: item.loinc }
  return {
    extension: [RADIO_BUTTONS],
    linkId: item.linkId,
    code: [code],
    prefix: `${number}`,
    text: text.text,
    ...translationsOf('_text', text),
    type: 'choice',
    answerOption: item.options.map((option) => answerOption(instrument, option, wording)),
  }
}

/** All options at once: a drop-down list hides how the answers are graded. */
const RADIO_BUTTONS: Extension = {
  url: ITEM_CONTROL,
  valueCodeableConcept: {
    coding: [{ system: 'http://hl7.org/fhir/questionnaire-item-control', code: 'radio-button', display: 'Radio Button' }],
  },
}

function answerOption({ answerSystem }: Instrument, { code, weight }: AnswerOption, wording: Wording): QuestionnaireItemAnswerOption {
  const display = wording.option(code)
  return {
    ...(weight !== undefined && { extension: [{ url: ITEM_WEIGHT, valueDecimal: weight }] }),
    valueCoding: { system: answerSystem, code, display: display.text, ...translationsOf('_display', display) },
  }
}

/**
 * How SDC's observation-based extraction is to take a total: as an Observation of its own, derived, in the category of surveys. At the root of
 * a form what it derives from is the response. Questions are not extracted: their answers stay in the response, which alone is safe to read.
 * @see https://hl7.org/fhir/uv/sdc/STU4/extraction.html#observation-based-extraction
 */
const EXTRACTED_AS_DERIVED: readonly Extension[] = [
  { url: `${SDC}-observationExtract`, valueCode: 'derived' },
  { url: `${SDC}-observation-extract-category`, valueCodeableConcept: { coding: [SURVEY] } },
]

function totalItem(scale: Scale, wording: Wording): QuestionnaireItem {
  const title = wording.titled(scale.title)
  const unit = { system: 'http://unitsofmeasure.org', code: '{score}', display: 'score' }
  return {
    extension: [
      { url: HIDDEN, valueBoolean: true },
      { url: UNIT, valueCoding: unit },
      calculatedExpression(scale),
      ...EXTRACTED_AS_DERIVED,
    ],
    linkId: scale.totalLinkId ?? scale.code,
    code: [{ system: systemOf('score'), code: scale.code }, ...(scale.loinc === undefined ? [] : [{ system: LOINC, code: scale.loinc }])],
    text: title.text,
    ...translationsOf('_text', title),
    type: 'decimal',
    readOnly: true,
  }
}
