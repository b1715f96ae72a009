import type { ElementDefinition, StructureDefinition } from 'fhir/r4.js'
import isMatch from 'lodash/isMatch.js'
import type { Issue, IssueCode } from '../errors.ts'
import { isObject, type JsonObject } from '../json-object.ts'
import { isReference, referenceType } from '../score/reference.ts'
import { PROFILE_INVARIANTS } from './profile-invariants.ts'

/** A resource, or an element of one, and where it stands → how it departs from the profile. */
export type ProfileCheck = (value: unknown, expression: string) => Issue[]

interface Place {
  readonly value: unknown
  readonly expression: string
}
/** One value of an element, and its property: of a choice, that has the type. */
interface Found extends Place {
  readonly key: string
}
interface Snapshot {
  readonly name: string
  readonly children: ReadonlyMap<string, readonly ElementDefinition[]>
  readonly extensions: ReadonlyMap<string, ProfileCheck>
}

/**
 * The check of a profile's snapshot: how often elements and slices stand, types of choices, patterns, fixed values, targets of references, the
 * extensions of ours in it (by their own definitions, among `profiles`), our own constraints. Any JSON may be given: what R4 itself asks is asked elsewhere.
 * Codes: `required`, `structure` (too many, not allowed, of another type), `value`, `invariant`. Elements are named, their values never.
 * Knows no more of profiles than ours use: slices are told apart by extension url or by pattern. Throws on a constraint that has no function here.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
export function createProfileCheck(profile: StructureDefinition, profiles: readonly StructureDefinition[]): ProfileCheck {
  const [root, ...elements] = profile.snapshot?.element ?? []
  const snapshot: Snapshot = {
    name: profile.id!,
    children: Map.groupBy(elements, ({ id }) => id!.slice(0, id!.lastIndexOf('.'))),
    extensions: extensionChecks(elements, profiles),
  }
  const invariants = (root?.constraint ?? []).filter(({ key }) => key.startsWith('kizuna'))
  for (const { key } of invariants) if (!(key in PROFILE_INVARIANTS)) throw new Error(`${profile.id}: no function for ${key}`)
  return (value, expression) => {
    const broken = isObject(value) ? invariants.filter(({ key }) => !PROFILE_INVARIANTS[key]!(value)) : []
    const said = broken.map(({ key, human }) => fault('invariant', expression, `${profile.id}: ${key}: ${human}`))
    return [...issuesBelow(snapshot, profile.type, { value, expression }), ...said]
  }
}

/** The checks of those extensions that slices refer to, by url. */
function extensionChecks(
  elements: readonly ElementDefinition[],
  profiles: readonly StructureDefinition[],
): ReadonlyMap<string, ProfileCheck> {
  const urls = new Set(elements.flatMap((element) => extensionOf(element) ?? []))
  return new Map(profiles.filter(({ url }) => urls.has(url)).map((one) => [one.url, createProfileCheck(one, profiles)] as const))
}

function issuesBelow(snapshot: Snapshot, id: string, { value: parent, expression }: Place): Issue[] {
  if (!isObject(parent)) return []
  return (snapshot.children.get(id) ?? []).flatMap((element) => {
    const found = foundOf(element, parent, expression).filter(({ value }) => isInSlice(snapshot, element, value))
    const own = [...countIssues(element, found, expression), ...found.flatMap((one) => valueIssues(element, one))]
    return [
      ...own.map((issue) => ({ ...issue, diagnostics: `${snapshot.name}: ${issue.diagnostics}` })),
      ...found.flatMap((one) => issuesBelow(snapshot, element.id!, one)),
      ...found.flatMap(({ value, expression }) => snapshot.extensions.get(extensionOf(element) ?? '')?.(value, expression) ?? []),
    ]
  })
}

function countIssues(element: ElementDefinition, found: readonly Found[], parent: string): Issue[] {
  const { id, min = 0, max } = element
  const times = `${id} stands ${found.length} times`
  if (found.length < min)
    return [fault('required', `${parent}.${nameOf(element)}`, min === 1 ? `${id} is missing` : `${times}, at least ${min} are due`)]
  if (max === '*' || found.length <= Number(max)) return []
  return [fault('structure', found[Number(max)]!.expression, max === '0' ? `${id} is not allowed` : `${times}, at most ${max} are allowed`)]
}

function valueIssues(element: ElementDefinition, { key, value, expression }: Found): Issue[] {
  const { id, max, type = [] } = element
  if (max === '0') return []
  if (isChoice(element) && !type.some(({ code }) => key === `${nameOf(element)}${code[0]!.toUpperCase()}${code.slice(1)}`))
    return [fault('structure', expression, `${id} takes ${listOf(type.map(({ code }) => code))}`)]
  return [
    ...(agrees(dueOf(element), value) ? [] : [fault('value', expression, `${id} has not what the profile asks for`)]),
    ...targetIssues(element, value, expression),
  ]
}

/** Only what a reference itself says: nothing is resolved. */
function targetIssues({ id, type }: ElementDefinition, value: unknown, expression: string): Issue[] {
  const targets = type?.flatMap(({ targetProfile = [] }) => targetProfile.map((url) => url.slice(url.lastIndexOf('/') + 1))) ?? []
  const target = isReference(value) ? referenceType(value) : undefined
  if (targets.length === 0 || target === undefined || targets.includes(target) || targets.includes('Resource')) return []
  return [fault('value', `${expression}.reference`, `${id} refers to ${listOf(targets)}`)]
}

/** A value is in a slice by the url of its extension, else by the slice's pattern; in an element that is no slice always. */
function isInSlice({ children }: Snapshot, element: ElementDefinition, value: unknown): boolean {
  if (element.sliceName === undefined) return true
  const url = children.get(element.id!)?.find(({ path }) => path.endsWith('.url'))?.fixedUri
  return url === undefined ? agrees(dueOf(element), value) : isObject(value) && value.url === url
}

const extensionOf = ({ sliceName, type }: ElementDefinition): string | undefined =>
  sliceName === undefined ? undefined : type?.[0]?.profile?.[0]

/** Whether a value has all that a pattern has; a fixed value of ours is always a string. */
const agrees = (due: unknown, value: unknown): boolean =>
  due === undefined || (isObject(due) ? isMatch(Object(value) as object, due) : due === value)

const fault = (code: IssueCode, expression: string, diagnostics: string): Issue => ({ severity: 'error', code, expression, diagnostics })
const listOf = (names: readonly string[]): string => names.join(' or ')
const isChoice = ({ path }: Pick<ElementDefinition, 'path'>): boolean => path.endsWith('[x]')
const nameOf = ({ path }: Pick<ElementDefinition, 'path'>): string => path.slice(path.lastIndexOf('.') + 1).replace('[x]', '')

/** The pattern or fixed value of an element. */
const dueOf = (element: Partial<ElementDefinition>): unknown =>
  Object.entries(element).find(([key]) => key.startsWith('pattern') || key.startsWith('fixed'))?.[1]

/** The values of an element. A primitive that has only extensions (`_name`) stands there too. */
function foundOf(element: ElementDefinition, parent: JsonObject, within: string): Found[] {
  const name = nameOf(element)
  const expression = `${within}.${name}`
  return (isChoice(element) ? choicesOf(name, parent) : [name]).flatMap((key): Found[] => {
    const value = parent[key] ?? parent[`_${key}`]
    if (!Array.isArray(value)) return value === undefined ? [] : [{ key, value, expression }]
    return value.map((one: unknown, index) => ({ key, value: one, expression: `${expression}[${index}]` }))
  })
}

/** The types of a choice that are given, as properties. */
const choicesOf = (name: string, parent: JsonObject): string[] => [
  ...new Set(
    Object.keys(parent)
      .map((key) => key.replace(/^_/, ''))
      .filter((key) => key.startsWith(name) && /^[A-Z]/.test(key.slice(name.length))),
  ),
]
