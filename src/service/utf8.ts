const room = Buffer.allocUnsafeSlow(256 * 1024)

/** The bytes of a text, in memory of their own, so that it can be handed to another thread. Asking first how many there will be would cost as much again. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  if (text.length * 3 > room.length) return new Uint8Array(Buffer.from(text))
  return new Uint8Array(room.subarray(0, room.write(text)))
}
