import isEqual from 'lodash/isEqual.js'
import omit from 'lodash/omit.js'
import pick from 'lodash/pick.js'
import { type Artifact, PUBLISHER } from './artifact.ts'

/** One place where what a server holds is not what we publish; `before` is absent where it is new, `after` where it is to go. */
export interface Change {
  readonly path: string
  readonly before?: string
  readonly after?: string
}

/** Where publishing would change the artifact that a server holds: none when it is the same but for what servers add (id, version, time, narrative). */
export function changesOf(existing: Artifact, ours: Artifact): Change[] {
  const [before, after] = [comparable(existing), comparable(ours)]
  if (isEqual(before, after)) return []
  const [had, has] = [leavesOf(before), leavesOf(after)]
  return [...new Set([...had.keys(), ...has.keys()])].flatMap((path) => {
    const change = { path, ...textAt(had, path, 'before'), ...textAt(has, path, 'after') }
    return change.before === change.after ? [] : [change]
  })
}

const textAt = <Side extends 'before' | 'after'>(
  leaves: ReadonlyMap<string, string>,
  path: string,
  side: Side,
): { [key in Side]?: string } => {
  const text = leaves.get(path)
  return (text === undefined ? {} : { [side]: text }) as { [key in Side]?: string }
}

/** An artifact under our url that we have published: the same url from another is another's. R4's ObservationDefinition knows no publisher. */
export function isOurs(existing: Artifact, ours: Artifact): boolean {
  if (existing.resourceType !== 'ObservationDefinition') return existing.publisher === PUBLISHER
  const values = existing.identifier?.map(({ value }) => value)
  return ours.resourceType === 'ObservationDefinition' && values?.includes(ours.identifier![0]!.value) === true
}

function comparable(artifact: Artifact): object {
  const meta = pick(artifact.meta, ['profile', 'tag'])
  return { ...omit(artifact, ['id', 'text', 'meta']), ...(Object.keys(meta).length > 0 && { meta }) }
}

/** Path → JSON of every primitive, in the order of the resource. */
function leavesOf(value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> {
  if (typeof value !== 'object' || value === null) return leaves.set(path, JSON.stringify(value))
  const inner = Array.isArray(value)
    ? value.map((one: unknown, index) => [`${path}[${index}]`, one] as const)
    : Object.entries(value).map(([key, one]) => [path === '' ? key : `${path}.${key}`, one] as const)
  for (const [at, one] of inner) leavesOf(one, at, leaves)
  return leaves
}
