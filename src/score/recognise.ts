import type { Coding, Questionnaire, QuestionnaireItem, QuestionnaireResponseItemAnswer } from 'fhir/r4.js'
import type { Issue } from '../errors.ts'
import { type Binding, scoredItemsOf } from '../instrument/binding.ts'
import { type AnswerOption, canonicalOf, type Instrument, type Item, LOINC, type Scale } from '../instrument/instrument.ts'
import { isOurs, itemsOf, type NamedForm, namedFormOf } from './forms.ts'
import { genericForm } from './generic-form.ts'
import { said } from './weight.ts'

/** What telling a form needs to know. */
export interface Recognition {
  readonly instruments: readonly Instrument[]
  readonly bindings: readonly Binding[]
  /** Definitions of outside forms that are at hand. */
  readonly forms?: readonly Questionnaire[]
}

/** A form of somebody else, as one of our instruments reads it. */
export interface OutsideForm {
  readonly instrument: Instrument
  readonly binding: Binding
  readonly form?: Questionnaire
  /** Told by its canonical, so that the binding knows its wording. */
  readonly isNamed: boolean
  readonly itemOf: (linkId: string) => Item | undefined
  readonly scaleOf: (linkId: string) => Scale | undefined
  /** The option that an answer names by its code; weights do not come into it. */
  readonly optionOf: (item: Item, answer: QuestionnaireResponseItemAnswer) => AnswerOption | undefined
  /** Another question of the same form. */
  readonly passesOver: (linkId: string) => boolean
}

/** What a response is a response to: one of our own forms, a form that stands for one, or the reason why neither. */
export type Recognised =
  | { readonly instrument: Instrument; readonly outside?: OutsideForm; readonly notices: readonly Issue[] }
  | { readonly faults: readonly Issue[] }

/**
 * Tells what form a response answers. One of our canonicals is only ever its own instrument in its own version. Any other form is told by a binding: by its
 * canonical, by the codes of its items where its definition is at hand, or by linkIds that are codes, if every scored item is there. A form with
 * weights and a declared total, but without an instrument, is scored as `generic`. Whatever came in: nothing of it has been checked.
 */
export function recognise(known: Recognition, received: unknown): Recognised {
  const response = (typeof received === 'object' && received !== null ? received : {}) as { questionnaire?: unknown; item?: unknown }
  const own = known.instruments.find((one) => canonicalOf(one) === response.questionnaire)
  if (own !== undefined) return { instrument: own, notices: [] }
  const named = namedFormOf(known.forms ?? [], response)
  if (isOurs(named.url)) return oursByReference(known, named)
  const linkIds = linkIdsIn(response.item)
  const outside = boundForm(known, named, linkIds)
  if (outside !== undefined) return { instrument: outside.instrument, outside, notices: noticesOf(outside, named) }
  if (named.form !== undefined) return genericForm(named.form)
  return { faults: [unknownForm(known, named, linkIds)] }
}

/** The instrument that a response answers, a form of others included; one of ours in a version that is not installed counts as the one that is. */
export function instrumentAnswered(known: Recognition, response: { readonly questionnaire?: string | undefined }): Instrument | undefined {
  const recognised = recognise(known, response)
  if ('instrument' in recognised) return recognised.instrument
  return known.instruments.find(({ id }) => response.questionnaire?.includes(`/Questionnaire/${id}|`))
}

/** A relative reference to a definition that is ours. */
function oursByReference({ instruments }: Recognition, { url, version, isRelative }: NamedForm): Recognised {
  const instrument = instruments.find((one) => canonicalOf(one) === `${url}|${version}`)
  if (instrument === undefined || !isRelative)
    return {
      faults: [
        notSupported(
          version === undefined
            ? 'The questionnaire is named without its version (url|version)'
            : 'No instrument of this url and version is installed',
        ),
      ],
    }
  return { instrument, notices: [relativeNotice(canonicalOf(instrument))] }
}

function boundForm({ instruments, bindings }: Recognition, named: NamedForm, linkIds: ReadonlySet<string>): OutsideForm | undefined {
  const usable = bindings.flatMap((binding) => {
    const instrument = instruments.find(({ id, version }) => id === binding.instrument && version === binding.version)
    return instrument === undefined ? [] : [{ binding, instrument }]
  })
  const byName = usable.find(({ binding }) => isNamedBy(binding, named))
  if (byName !== undefined) return { ...outsideForm(byName.instrument, byName.binding, named.form), isNamed: true }
  const byCode = usable.find(
    ({ binding, instrument }) =>
      named.form !== undefined && binding.recognisedBy?.includes('item-codes') && hasAllCodes(instrument, binding, named.form),
  )
  if (byCode !== undefined) return outsideForm(byCode.instrument, byCode.binding, named.form)
  const byLinkId = usable.find(
    ({ binding, instrument }) =>
      binding.recognisedBy?.includes('link-ids') &&
      scoredItemsOf(instrument).every(({ linkId }) => (binding.items[linkId] ?? []).some((one) => linkIds.has(one))),
  )
  return byLinkId && outsideForm(byLinkId.instrument, byLinkId.binding, named.form)
}

function isNamedBy({ canonicals, versions }: Binding, { url, version, isRelative }: NamedForm): boolean {
  if (url === undefined) return false
  const isNamed = canonicals.some((one) => one === url || (isRelative && one.endsWith(`/${url}`)))
  return isNamed && (versions === undefined || (version !== undefined && versions.includes(version)))
}

const codesOf = (binding: Binding, { linkId, loinc }: Item): readonly string[] => [
  ...(loinc === undefined ? [] : [`${LOINC}|${loinc}`]),
  ...(binding.itemCodes?.[linkId] ?? []),
]

const bearsOne = ({ code = [] }: QuestionnaireItem, codes: readonly string[]): boolean =>
  Array.isArray(code) && code.some((one) => codes.includes(`${said(one?.system)}|${said(one?.code)}`))

const hasAllCodes = (instrument: Instrument, binding: Binding, form: Questionnaire): boolean =>
  scoredItemsOf(instrument).every((item) => itemsOf(form).some((one) => bearsOne(one, codesOf(binding, item))))

/** Where the items and totals of the instrument are: where the binding says, and where the form's own codes say. Other items of a known form are passed over. */
function outsideForm(instrument: Instrument, binding: Binding, form: Questionnaire | undefined): OutsideForm {
  const items = new Map<string, Item>()
  const scales = new Map<string, Scale>()
  const defined = form === undefined ? [] : itemsOf(form)
  for (const item of instrument.items) {
    for (const linkId of binding.items[item.linkId] ?? []) items.set(linkId, item)
    const codes = codesOf(binding, item)
    for (const one of defined) if (bearsOne(one, codes)) items.set(one.linkId, item)
  }
  for (const scale of instrument.scales) {
    for (const linkId of binding.totals?.[scale.code] ?? []) scales.set(linkId, scale)
    if (scale.loinc === undefined) continue
    for (const one of defined) if (bearsOne(one, [`${LOINC}|${scale.loinc}`])) scales.set(one.linkId, scale)
  }
  const others = new Set([...(binding.passedOver ?? []), ...defined.map(({ linkId }) => linkId)])
  return {
    instrument,
    binding,
    ...(form && { form }),
    isNamed: false,
    itemOf: (linkId) => items.get(linkId),
    scaleOf: (linkId) => scales.get(linkId),
    optionOf: (item, { valueCoding }) => valueCoding && optionCoded(instrument, binding, item, valueCoding),
    passesOver: (linkId) => others.has(linkId),
  }
}

/** Our own code, or one that the binding translates. */
function optionCoded(instrument: Instrument, { answers }: Binding, item: Item, { system, code }: Coding): AnswerOption | undefined {
  // Safety answers are read before anything is checked.
  if (typeof code !== 'string') return undefined
  const isOwn = system === instrument.answerSystem || (system === undefined && answers.withoutSystem === true)
  const own = isOwn ? item.options.find((option) => option.code === code) : undefined
  const table = answers.codings?.find(
    ({ systems, items, weights }) =>
      systems.includes(system ?? null) && (items?.includes(item.linkId) ?? true) && Object.hasOwn(weights, code),
  )
  return own ?? (table && item.options.find(({ weight }) => weight === table.weights[code]))
}

/** Every linkId in a response, of items at any depth that an honest response has. */
function linkIdsIn(item: unknown): ReadonlySet<string> {
  const found = new Set<string>()
  const look = (value: unknown, depth: number): void => {
    if (!Array.isArray(value) || depth > DEEPEST) return
    for (const one of value as readonly unknown[]) {
      if (typeof one !== 'object' || one === null) continue
      const { linkId, item: below, answer } = one as Record<string, unknown>
      if (typeof linkId === 'string') found.add(linkId)
      look(below, depth + 1)
      look(answer, depth + 1)
    }
  }
  look(item, 0)
  return found
}

const DEEPEST = 20

function noticesOf({ binding, instrument, isNamed }: OutsideForm, { version, isRelative }: NamedForm): Issue[] {
  const read = notice('information', `Read as ${instrument.id} ${instrument.version} through the binding ${binding.id}`)
  return [
    read,
    ...(isRelative ? [relativeNotice(binding.id)] : []),
    ...(isNamed
      ? []
      : [
          notice(
            'warning',
            'The form is told by the codes of its items: that it words and orders them as the instrument does is not known',
          ),
        ]),
    ...(isNamed && !isRelative && version === undefined && binding.versions === undefined
      ? [notice('information', 'The questionnaire is named without its version; the binding holds for every version')]
      : []),
  ]
}

const relativeNotice = (taken: string): Issue =>
  notice('warning', `The questionnaire is named by a relative reference instead of its canonical; it is taken as ${taken}`)

function unknownForm({ bindings }: Recognition, { url, version }: NamedForm, linkIds: ReadonlySet<string>): Issue {
  const partly = bindings.find(
    ({ recognisedBy, items }) =>
      recognisedBy !== undefined && Object.values(items).some((places) => places.some((one) => linkIds.has(one))),
  )
  if (partly !== undefined)
    return notSupported(
      `Some items are those of ${partly.instrument}, but not all: a shorter form would look the same. Give the Questionnaire along, or a binding for its canonical`,
    )
  if (url === undefined) return notSupported('The response names no questionnaire')
  return notSupported(
    version === undefined
      ? 'The questionnaire is named without its version (url|version), and no binding knows it'
      : 'No instrument of this url and version is installed, and no binding knows it',
  )
}

const EXPRESSION = 'QuestionnaireResponse.questionnaire'
const notSupported = (diagnostics: string): Issue => ({ severity: 'error', code: 'not-supported', expression: EXPRESSION, diagnostics })
const notice = (severity: Issue['severity'], diagnostics: string): Issue => ({
  severity,
  code: 'informational',
  expression: EXPRESSION,
  diagnostics,
})
