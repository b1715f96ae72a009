/** FHIR resources rarely pass 15 levels; this leaves room for extensions and stays far from the end of the stack. */
const DEEPEST = 60
/** "Strings SHALL NOT exceed 1,048,576 characters in size." @see https://hl7.org/fhir/R4/datatypes.html#string */
const LONGEST = 1_048_576
/** No element of R4 has half as many children. */
const WIDEST = 256
/** base64Binary and the XHTML of narratives have no limit. */
const UNLIMITED = new Set(['data', 'valueBase64Binary', 'div'])

/** What one pass over unknown JSON finds, so that all later reading is of bounded depth and width. */
export interface Scan {
  readonly fault: 'deep' | 'long' | 'wide' | undefined
  /** Some array holds null. */
  readonly hasNull: boolean
  /** Some string starts with `#`, as references to contained resources do. */
  readonly hasLocal: boolean
}

/**
 * Looks at every value once. It goes down one level at a time and no deeper than 60, so that nesting of any depth cannot
 * overflow the stack, here or in the validators. The input comes from JSON.parse: no cycles, no prototypes of its own.
 */
export function scan(root: unknown): Scan {
  const found: { -readonly [Key in keyof Scan]: Scan[Key] } = { fault: undefined, hasNull: false, hasLocal: false }
  look(root, 1)
  return found

  function look(value: unknown, level: number): void {
    if (typeof value !== 'object' || value === null) return
    if (level > DEEPEST) {
      found.fault = 'deep'
      return
    }
    if (Array.isArray(value)) lookAtItems(value, level)
    else lookAtProperties(value as Record<string, unknown>, level)
  }

  function lookAtItems(array: readonly unknown[], level: number): void {
    for (const item of array) {
      if (found.fault) return
      if (item === null) found.hasNull = true
      else if (typeof item === 'string') lookAtText(item, '')
      else look(item, level + 1)
    }
  }

  function lookAtProperties(object: Record<string, unknown>, level: number): void {
    let count = 0
    for (const key in object) {
      if (found.fault) return
      if (++count > WIDEST) found.fault = 'wide'
      const value = object[key]
      if (typeof value === 'string') lookAtText(value, key)
      else look(value, level + 1)
    }
  }

  function lookAtText(text: string, key: string): void {
    if (text.length > LONGEST && !UNLIMITED.has(key)) found.fault = 'long'
    if (text.charCodeAt(0) === 35) found.hasLocal = true
  }
}
