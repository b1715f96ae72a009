import { connect, type Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'

/** What a load is: one call, again and again over so many connections, for so long. */
export interface Load {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** `{n}` is replaced by the number of the call. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly milliseconds: number
}

export interface Measured {
  readonly perSecond: number
  readonly p99: number
  readonly failed: number
}

/**
 * Calls over plain sockets, so that what is measured is the server and not a client, which costs more than it does; and always from this one thread, which has learnt its code
 * when it counts. It reads answers that say how long they are.
 */
async function run({ url, method, headers, bodies, connections, milliseconds }: Load): Promise<Measured> {
  const { hostname, port, pathname } = new URL(url)
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `${method} ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n${fields.join('')}content-length: `
  const times: number[] = []
  const end = performance.now() + milliseconds
  let [number, failed] = [0, 0]

  const callOver = (socket: Socket): void => {
    const body = bodies[number % bodies.length]!.replaceAll('{n}', String(++number))
    socket.write(`${head}${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }

  function keepCalling(): Promise<void> {
    const socket = connect(Number(port), hostname)
    let [started, missing] = [performance.now(), 0]
    return new Promise((resolve) => {
      socket.on('connect', () => callOver(socket))
      socket.on('data', (piece) => {
        missing = missing === 0 ? missingAfter(piece) : missing - piece.length
        if (missing > 0) return
        times.push(performance.now() - started)
        started = performance.now()
        if (started < end) callOver(socket)
        else socket.destroy()
      })
      socket.on('error', () => failed++)
      socket.on('close', () => resolve())
    })
  }

  /** How much of an answer is still to come after its first piece, which holds its headers. */
  function missingAfter(piece: Buffer): number {
    const headEnd = piece.indexOf('\r\n\r\n')
    const text = piece.toString('latin1', 0, headEnd)
    const length = /^content-length: (\d+)$/im.exec(text)?.[1]
    if (headEnd < 0 || length === undefined) throw new Error('The answer does not begin with headers that say how long it is')
    if (!text.startsWith('HTTP/1.1 200 ')) failed++
    return headEnd + 4 + Number(length) - piece.length
  }

  await Promise.all(Array.from({ length: connections }, keepCalling))
  times.sort((one, other) => one - other)
  return { perSecond: (times.length / milliseconds) * 1000, p99: times[Math.floor(times.length * 0.99)] ?? 0, failed }
}

parentPort!.on('message', async (load: Load) => parentPort!.postMessage(await run(load)))
