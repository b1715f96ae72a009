import type { Extension } from 'fhir/r4.js'
import type { Scale } from '../instrument/instrument.ts'

/**
 * The sum of the weights of a scale's answers as FHIRPath. Plain additions, because `a + b` is empty while either is missing in every
 * engine; the `aggregate` of SDC's own example gives 0 for a blank form and a partial sum for an unfinished one.
 * @see https://hl7.org/fhir/uv/sdc/STU4/behavior.html
 */
export const calculatedExpressionOf = ({ items }: Scale): string => items.map((linkId) => `${answerTo(linkId)}.weight()`).join(' + ')

const answerTo = (linkId: string): string => `%resource.item.where(linkId='${linkId}').answer.value`

/** An expression of ours in which what follows each answer, the reading of its weight, is another. */
export const withWeightsRead = (expression: string, readingOf: (linkId: string) => string): string =>
  expression.replaceAll(
    /(linkId='([^']+)'\)\.answer\.value)\.weight\(\)/g,
    (_, answer: string, linkId: string) => answer + readingOf(linkId),
  )

export const CALCULATED = 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression'

/** The SDC extension that has a form filler keep the total; SDC allows it only beside no `initial`. */
export const calculatedExpression = (scale: Scale): Extension => ({
  url: CALCULATED,
  valueExpression: { language: 'text/fhirpath', expression: calculatedExpressionOf(scale) },
})
