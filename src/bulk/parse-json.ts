import { isUtf8 } from 'node:buffer'
import type { Issue } from '../errors.ts'

/** The JSON value of some bytes, or why there is none. The messages of the parser are not passed on: they quote the input. */
export type Parsed = { readonly value: unknown } | { readonly fault: 'utf8' | 'json' | 'size' }

export function parseJson(bytes: Buffer): Parsed {
  if (!isUtf8(bytes)) return { fault: 'utf8' }
  try {
    return { value: JSON.parse(bytes.toString()) }
  } catch (error) {
    // Longer than a string can be.
    return { fault: error instanceof SyntaxError ? 'json' : 'size' }
  }
}

const WORDS = { utf8: 'is not UTF-8', json: 'is not JSON', size: 'is too long to be read' } as const

/** The refusal of a line: `structure`, or `too-long` where it cannot be held. */
export const lineFault = (line: number, fault: keyof typeof WORDS): Issue => ({
  severity: 'error',
  code: fault === 'size' ? 'too-long' : 'structure',
  diagnostics: `Line ${line} ${WORDS[fault]}`,
})
