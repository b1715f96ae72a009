/** One physical line, without its line ending; `bytes` is absent where the line is too long to be held. */
export interface Line {
  readonly number: number
  readonly bytes?: Buffer
}

const [NEWLINE, RETURN, TAB, SPACE] = [0x0a, 0x0d, 0x09, 0x20]
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
/** Far above what is scored (1 MiB), so that the safety answers of an oversized form are still read. */
const LONGEST_LINE = 128 * 1024 * 1024

/**
 * The lines of a stream, in batches as its chunks give them: split on the bytes, because decoding whole chunks first costs half of the
 * throughput. Blank lines are counted and left out. A final line needs no line ending; CRLF and a byte order mark are taken off.
 */
export async function* splitLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  const open = createOpenLine()
  let number = 0
  for await (const chunk of source) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const lines: Line[] = []
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      number += 1
      lines.push(...lineOf(number, open.finish(bytes.subarray(start, end))))
      start = end + 1
    }
    open.add(bytes.subarray(start))
    if (lines.length > 0) yield lines
  }
  const last = lineOf(number + 1, open.finish(Buffer.alloc(0)))
  if (last.length > 0) yield last
}

/** The beginning of a line whose end has not come yet; too long, it is dropped and only that is remembered. */
function createOpenLine() {
  let parts: Buffer[] = []
  let size = 0
  const add = (part: Buffer): void => {
    size += part.length
    if (size > LONGEST_LINE) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const finish = (rest: Buffer): Buffer | undefined => {
    if (size === 0) return rest
    add(rest)
    const line = size > LONGEST_LINE ? undefined : Buffer.concat(parts)
    parts = []
    size = 0
    return line
  }
  return { add, finish }
}

function lineOf(number: number, bytes: Buffer | undefined): Line[] {
  if (bytes === undefined) return [{ number }]
  if (isBlank(bytes)) return []
  return [{ number, bytes: number === 1 ? withoutByteOrderMark(bytes) : bytes }]
}

export const withoutByteOrderMark = (bytes: Buffer): Buffer =>
  bytes.length >= 3 && BYTE_ORDER_MARK.equals(bytes.subarray(0, 3)) ? bytes.subarray(3) : bytes

/** Nothing but what JSON takes as white space. */
export function isBlank(bytes: Buffer): boolean {
  return withoutByteOrderMark(bytes).every((byte) => byte === SPACE || byte === TAB || byte === RETURN || byte === NEWLINE)
}
