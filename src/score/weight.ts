import type {
  Extension,
  Questionnaire,
  QuestionnaireItem,
  QuestionnaireItemAnswerOption,
  QuestionnaireResponseItemAnswer,
  ValueSet,
} from 'fhir/r4.js'

import { itemsOf } from './forms.ts'

/** The extensions that carry an item weight: R4's own, and the one that followed it. */
const WEIGHT_URLS = ['http://hl7.org/fhir/StructureDefinition/ordinalValue', 'http://hl7.org/fhir/StructureDefinition/itemWeight']

/** The weight among some extensions. */
export function weightAmong(extension: readonly Extension[] | undefined): number | undefined {
  const found = Array.isArray(extension) ? extension.find((one: Extension) => WEIGHT_URLS.includes(one?.url)) : undefined
  const weight: unknown = found?.valueDecimal ?? found?.valueInteger
  return typeof weight === 'number' ? weight : undefined
}

/** A choice of a form's item, with the weight that stands on the option, on its coding, or in a contained value set. */
export interface WeightedOption {
  readonly key: string
  readonly weight?: number
}

/** A choice by what identifies it: system and code, else the value itself. */
export const optionKey = ({
  valueCoding,
  valueInteger,
  valueString,
}: QuestionnaireItemAnswerOption | QuestionnaireResponseItemAnswer): string =>
  valueCoding === undefined ? said(valueInteger ?? valueString) : `${said(valueCoding.system)}|${said(valueCoding.code)}`

/** What a form or an answer says where nobody has checked it: an object in place of a text says nothing, and must not be asked for its text. */
export const said = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const weighted = (key: string, weight: number | undefined): WeightedOption => ({ key, ...(weight !== undefined && { weight }) })

/** The choices of an item as its form defines them; weights in any place that a form may have them. */
export function optionsOf(form: Questionnaire, { answerOption = [], answerValueSet }: QuestionnaireItem): WeightedOption[] {
  const own = answerOption.map((option) =>
    weighted(optionKey(option), weightAmong(option.extension) ?? weightAmong(option.valueCoding?.extension)),
  )
  const set = containedValueSet(form, answerValueSet)
  const listed = (set?.compose?.include ?? []).flatMap(({ system, concept = [] }) =>
    concept.map(({ code, extension }) => weighted(`${said(system)}|${said(code)}`, weightAmong(extension))),
  )
  return [...own, ...listed]
}

const containedValueSet = ({ contained = [] }: Questionnaire, named: string | undefined): ValueSet | undefined =>
  contained
    .filter((one): one is ValueSet => one.resourceType === 'ValueSet')
    .find(({ id, url }) => named !== undefined && (`#${id}` === named || url === named))

/** The choice that an answer names: by system and code, or, where the answer has no system, by a code that only one choice has. */
export function optionNamed(options: readonly WeightedOption[], answer: QuestionnaireResponseItemAnswer): WeightedOption | undefined {
  const key = optionKey(answer)
  const exact = options.find((option) => option.key === key)
  if (exact !== undefined || !key.startsWith('|')) return exact
  const alike = options.filter((option) => option.key.endsWith(key))
  return alike.length === 1 ? alike[0] : undefined
}

/** The weights that stand with an answer: on it, on its coding, and on the option that it names in the definition of the form. */
export function weightsGiven(form: Questionnaire | undefined, linkId: string, answer: QuestionnaireResponseItemAnswer): number[] {
  const defined = form && itemsOf(form).find((one) => one.linkId === linkId)
  const named = form && defined && optionNamed(optionsOf(form, defined), answer)
  return [weightAmong(answer.extension), weightAmong(answer.valueCoding?.extension), named?.weight].filter((weight) => weight !== undefined)
}
