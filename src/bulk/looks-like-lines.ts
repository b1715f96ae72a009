import { parseJson } from './parse-json.ts'
import type { Head } from './read-head.ts'
import { isBlank, withoutByteOrderMark } from './split-lines.ts'

const NEWLINE = 0x0a
const SPACE = 0x20

/** Says of each chunk whether, with it, two lines that are not blank have come to their end. */
export function createTwoLines(): (chunk: Uint8Array) => boolean {
  let blank = true
  let lines = 0
  return (chunk) => {
    for (let index = 0; index < chunk.length && lines < 2; index++) {
      const byte = chunk[index]!
      if (byte > SPACE) blank = false
      if (byte !== NEWLINE) continue
      if (!blank) lines += 1
      blank = true
    }
    return lines >= 2
  }
}

/**
 * Whether a stream is NDJSON, by its first two lines that are not blank: the first is JSON by itself and another follows, or it is not but
 * the second is an object by itself (the first is then a malformed line). One line alone, or a list that begins with its bracket, is a document.
 */
export function looksLikeLines(head: Head): boolean {
  const [first, second] = firstLines(head)
  if (first === undefined || second === undefined) return false
  if ('value' in parseJson(first)) return true
  return first.toString('latin1').trim() !== '[' && isObject(parseJson(second))
}

const isObject = (parsed: ReturnType<typeof parseJson>): boolean =>
  'value' in parsed && typeof parsed.value === 'object' && parsed.value !== null && !Array.isArray(parsed.value)

function firstLines({ bytes, ended }: Head): Buffer[] {
  const found: Buffer[] = []
  for (let start = 0; start < bytes.length && found.length < 2; ) {
    const newline = bytes.indexOf(NEWLINE, start)
    if (newline < 0 && !ended) break
    const line = bytes.subarray(start, newline < 0 ? bytes.length : newline)
    if (!isBlank(line)) found.push(withoutByteOrderMark(line))
    start = newline < 0 ? bytes.length : newline + 1
  }
  return found
}
