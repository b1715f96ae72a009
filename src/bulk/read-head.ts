/** The beginning of a stream, and what is left of it. */
export interface Head {
  readonly bytes: Buffer
  /** The stream has ended: `bytes` is all of it. */
  readonly ended: boolean
  readonly rest: AsyncIterable<Uint8Array>
}

/** A document is held whole; what is larger is read line by line. */
const LARGEST_DOCUMENT = 256 * 1024 * 1024

/** Reads until `isEnough` says so of a chunk, the stream ends, or 256 MiB are held. */
export async function readHead(source: AsyncIterable<Uint8Array>, isEnough: (chunk: Uint8Array) => boolean): Promise<Head> {
  const iterator = source[Symbol.asyncIterator]()
  const rest = { [Symbol.asyncIterator]: () => iterator }
  const chunks: Uint8Array[] = []
  for (let size = 0; size <= LARGEST_DOCUMENT; ) {
    const next = await iterator.next()
    if (next.done) return { bytes: Buffer.concat(chunks), ended: true, rest }
    chunks.push(next.value)
    size += next.value.length
    if (isEnough(next.value)) break
  }
  return { bytes: Buffer.concat(chunks), ended: false, rest }
}

/** The whole stream again, after its beginning has been looked at. */
export async function* wholeOf({ bytes, rest }: Head): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
  yield* rest
}
