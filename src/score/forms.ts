import type { Questionnaire, QuestionnaireItem } from 'fhir/r4.js'
import { BASE } from '../instrument/instrument.ts'
import { isObject } from '../json-object.ts'

/** The definition of a form that came along with a response, and how its name was to be read. */
export interface NamedForm {
  /** The canonical without version; `undefined` where the response names none. */
  readonly url?: string
  readonly version?: string
  /** `Questionnaire/id` or `#id` instead of a canonical. */
  readonly isRelative: boolean
  readonly form?: Questionnaire
}

type Received = { readonly questionnaire?: unknown; readonly contained?: unknown }

/**
 * What a response says of its form, and that form's definition where it is at hand: contained in the response, or among the `forms` that came with it. A
 * canonical without a version finds a form only where there is one version of it. Read loosely: the response is about to be checked.
 */
export function namedFormOf(forms: readonly Questionnaire[], received: Received): NamedForm {
  const contained = containedForms(received.contained)
  const name = received.questionnaire
  if (typeof name !== 'string') return { isRelative: false, ...onlyOne(contained) }
  const local = /^#(.+)$/.exec(name)?.[1]
  if (local !== undefined) return { url: name, isRelative: true, ...onlyOne(contained.filter(({ id }) => id === local)) }
  const relative = /^Questionnaire\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[^/]+)?$/.exec(name)?.[1]
  if (relative !== undefined)
    return { url: `Questionnaire/${relative}`, isRelative: true, ...onlyOne(forms.filter(({ id }) => id === relative)) }
  const [url, version] = splitCanonical(name)
  const named = [...contained, ...forms].filter((form) => form.url === url && (version === undefined || form.version === version))
  const { form } = onlyOne(named)
  return { url, ...(version !== undefined && { version }), isRelative: false, ...(form && { form }) }
}

/** The form, with its own name, where no two versions of it are at hand. */
function onlyOne(found: readonly Questionnaire[]): Pick<NamedForm, 'form' | 'url' | 'version'> {
  const [form] = found
  if (form === undefined || new Set(found.map(({ version }) => version)).size > 1) return {}
  return { form, ...(form.url !== undefined && { url: form.url }), ...(form.version !== undefined && { version: form.version }) }
}

const splitCanonical = (canonical: string): [string, string | undefined] => {
  const at = canonical.indexOf('|')
  return at < 0 ? [canonical, undefined] : [canonical.slice(0, at), canonical.slice(at + 1)]
}

/** Whether something unchecked can be read as the definition of a form: what is read of it has the shape that it must have. */
export const isForm = (value: unknown): value is Questionnaire =>
  isObject(value) && value.resourceType === 'Questionnaire' && isSound(value, 0)

const LISTS = new Set(['item', 'extension', 'answerOption', 'contained', 'include', 'concept'])
const OBJECTS = new Set(['valueCoding', 'valueExpression', 'compose'])
const TEXTS = new Set(['linkId', 'url', 'expression', 'name', 'text'])
const DEEPEST = 40

function isSound(value: Readonly<Record<string, unknown>>, depth: number): boolean {
  if (depth > DEEPEST) return false
  return Object.entries(value).every(([key, one]) => {
    if (LISTS.has(key))
      return Array.isArray(one) && one.every((each) => isObject(each) && (key !== 'item' || 'linkId' in each) && isSound(each, depth + 1))
    if (OBJECTS.has(key)) return isObject(one) && isSound(one, depth + 1)
    return !TEXTS.has(key) || typeof one === 'string' || (key === 'text' && depth === 0)
  })
}

const containedForms = (contained: unknown): Questionnaire[] => (Array.isArray(contained) ? contained.filter(isForm) : [])

/** Whether a canonical is one of ours: then only its own instrument and version will do. */
export const isOurs = (url: string | undefined): boolean => url?.startsWith(`${BASE}/Questionnaire/`) ?? false

/** Every item of a form or of a group, at any depth. */
export function itemsOf(form: Pick<Questionnaire, 'item'> | QuestionnaireItem): QuestionnaireItem[] {
  const items: QuestionnaireItem[] = []
  const levels: (readonly QuestionnaireItem[])[] = [form.item ?? []]
  for (let level = levels.pop(); level !== undefined; level = levels.pop()) {
    for (const item of level) {
      items.push(item)
      if (item.item !== undefined) levels.push(item.item)
    }
  }
  return items
}
