import type { Questionnaire, QuestionnaireItem, QuestionnaireResponse, QuestionnaireResponseItem } from 'fhir/r4.js'
import { type Invariant, indexed, type Path, repeated } from './invariant.ts'

type ItemAt = readonly [Path, QuestionnaireItem]
const itemsOf = (parent: { item?: QuestionnaireItem[] | undefined }, base = ''): ItemAt[] =>
  indexed(parent.item, `${base}item`).flatMap((entry) => [entry, ...itemsOf(entry[1], `${entry[0]}.`)])

/** @see https://hl7.org/fhir/R4/questionnaire.html#invs */
export const questionnaireInvariants: Invariant<Questionnaire>[] = [
  {
    key: 'que-2',
    human: 'The link ids for groups and questions must be unique within the questionnaire',
    faults: (resource) => repeated(itemsOf(resource).map(([path, { linkId }]) => [`${path}.linkId`, linkId])),
  },
  {
    key: 'que-7',
    human: "If the operator is 'exists', the value must be a boolean",
    faults: (resource) =>
      itemsOf(resource).flatMap(([path, { enableWhen }]) =>
        indexed(enableWhen, `${path}.enableWhen`).flatMap(([at, { operator, answerBoolean }]) =>
          operator === 'exists' && answerBoolean === undefined ? [at] : [],
        ),
      ),
  },
  {
    // By its text; the official expression says `count() > 2`, which lets two of them pass.
    key: 'que-12',
    human: 'If there are more than one enableWhen, enableBehavior must be specified',
    faults: (resource) =>
      itemsOf(resource).flatMap(([path, item]) => ((item.enableWhen?.length ?? 0) > 1 && item.enableBehavior === undefined ? [path] : [])),
  },
  {
    key: 'que-13',
    human: 'Can only have multiple initial values for repeating items',
    faults: (resource) =>
      itemsOf(resource).flatMap(([path, { initial, repeats }]) =>
        (initial?.length ?? 0) > 1 && repeats !== true ? [`${path}.initial`] : [],
      ),
  },
]

/** Only for a response that claims the SDC profile. @see https://hl7.org/fhir/uv/sdc/StructureDefinition-sdc-questionnaireresponsecommon.html */
export const sdcResponseInvariants: Invariant<QuestionnaireResponse>[] = [
  {
    key: 'sdcqr-2',
    human: 'A question is represented by a single item with that linkId with multiple answers',
    faults: (resource) => repeatedQuestions(resource.item, ''),
  },
  {
    key: 'sdcqr-3',
    human: 'Can either have source or source extension, but not both',
    faults: ({ source, extension = [] }) => {
      const extensions = extension.filter(
        ({ url }) => url === 'http://hl7.org/fhir/5.0/StructureDefinition/extension-QuestionnaireResponse.source',
      )
      return extensions.length + (source ? 1 : 0) > 1 ? ['source'] : []
    },
  },
]

function repeatedQuestions(items: QuestionnaireResponseItem[] | undefined, base: Path): Path[] {
  const entries = indexed(items, `${base}item`)
  const answered = entries.filter(([, { answer }]) => answer?.some((given) => Object.keys(given).some((key) => key.startsWith('value'))))
  const inner = entries.flatMap(([path, item]) => [
    ...repeatedQuestions(item.item, `${path}.`),
    ...indexed(item.answer, `${path}.answer`).flatMap(([at, answer]) => repeatedQuestions(answer.item, `${at}.`)),
  ])
  return [...repeated(answered.map(([path, { linkId }]) => [path, linkId])), ...inner]
}
