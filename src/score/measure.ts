import type { Issue } from '../errors.ts'

const LARGEST = 1024 * 1024
const DEEPEST = 20

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Roughly the JSON size of a value without its children. */
const ownSize = (value: unknown): number => {
  if (typeof value === 'string') return value.length + 2
  if (Array.isArray(value)) return 2 + value.length
  if (isObject(value)) return 2 + Object.keys(value).reduce((size, key) => size + key.length + 4, 0)
  return 5
}

/**
 * Refuses (`too-long`) what is over 1 MiB or has objects within objects deeper than 20, before anything walks it recursively.
 * A response of ours needs 8 levels. The walk keeps its own stack: input nested 10,000 deep is data, not a crash.
 */
export function measureIssues(value: unknown): Issue[] {
  const stack: { value: unknown; depth: number }[] = [{ value, depth: 0 }]
  let size = 0
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    size += ownSize(next.value)
    if (size > LARGEST) return [tooLong('The resource is over 1 MiB')]
    if (next.depth > DEEPEST) return [tooLong(`Nested deeper than ${DEEPEST}`)]
    if (!isObject(next.value)) continue
    const deeper = Array.isArray(next.value) ? 0 : 1
    for (const child of Object.values(next.value)) stack.push({ value: child, depth: next.depth + deeper })
  }
  return []
}

const tooLong = (diagnostics: string): Issue => ({ severity: 'error', code: 'too-long', expression: 'QuestionnaireResponse', diagnostics })
