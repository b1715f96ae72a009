import { gzipSync } from 'node:zlib'
import type { PackageFile } from './package-files.ts'

const BLOCK = 512
/** The time that npm gives every file of a package, so that the same files are the same archive. */
const MTIME = 499_162_500
const OPERATING_SYSTEM = 9
const UNKNOWN = 255

/**
 * A gzipped ustar archive of the files, in their order: the same files give the same bytes wherever they are packed. No library is asked: this is
 * the whole of what a package needs of the format. Throws for a path that does not fit into ustar's 100 bytes.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06
 */
export function buildTarball(files: readonly PackageFile[]): Buffer {
  const blocks = files.flatMap(({ path, text }) => {
    const content = Buffer.from(text, 'utf8')
    return [headerOf(path, content.length), content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
  })
  const packed = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 })
  // gzip notes the machine it ran on.
  packed[OPERATING_SYSTEM] = UNKNOWN
  return packed
}

function headerOf(path: string, size: number): Buffer {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`${path} is too long for an archive`)
  const header = Buffer.alloc(BLOCK)
  header.write(path, 0)
  writeOctal(header, 0o644, { at: 100, digits: 7 })
  writeOctal(header, 0, { at: 108, digits: 7 })
  writeOctal(header, 0, { at: 116, digits: 7 })
  writeOctal(header, size, { at: 124, digits: 11 })
  writeOctal(header, MTIME, { at: 136, digits: 11 })
  header.write('0', 156)
  header.write('ustar\u000000', 257)
  // The sum counts its own eight bytes as spaces.
  header.fill(' ', 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148)
  return header
}

const writeOctal = (header: Buffer, value: number, { at, digits }: { at: number; digits: number }): void => {
  header.write(value.toString(8).padStart(digits, '0'), at)
}
