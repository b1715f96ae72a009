import type { Issue } from '../errors.ts'

const LARGEST = 1024 * 1024
const DEEPEST = 20
/** Arrays directly within arrays: FHIR has none, but they must not reach the end of the stack. */
const DEEPEST_ARRAYS = 100

/**
 * Refuses (`too-long`) what is over 1 MiB or has objects within objects deeper than 20, before anything walks it recursively.
 * A response of ours needs 8 levels. Never goes deeper than it allows: input nested 10,000 deep is data, not a crash.
 */
export function measureIssues(received: unknown): Issue[] {
  let size = 0
  let tooDeep = false
  look(received, 0)
  if (tooDeep) return [tooLong(`Nested deeper than ${DEEPEST}`)]
  return size > LARGEST ? [tooLong('The resource is over 1 MiB')] : []

  function look(value: unknown, depth: number, arrays = 0): void {
    if (typeof value === 'string') size += value.length + 2
    else if (typeof value !== 'object' || value === null) size += 5
    else if (depth > DEEPEST || arrays > DEEPEST_ARRAYS) tooDeep = true
    else if (Array.isArray(value)) lookAtItems(value, depth, arrays + 1)
    else lookAtProperties(value as Record<string, unknown>, depth + 1)
  }

  function lookAtItems(items: readonly unknown[], depth: number, arrays: number): void {
    size += 2 + items.length
    for (const item of items) {
      if (tooDeep || size > LARGEST) return
      look(item, depth, arrays)
    }
  }

  function lookAtProperties(object: Record<string, unknown>, depth: number): void {
    size += 2
    for (const key in object) {
      if (tooDeep || size > LARGEST) return
      size += key.length + 4
      look(object[key], depth)
    }
  }
}

const tooLong = (diagnostics: string): Issue => ({ severity: 'error', code: 'too-long', expression: 'QuestionnaireResponse', diagnostics })
