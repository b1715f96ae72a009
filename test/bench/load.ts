import { Agent, request } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

/** What a load is: one call, again and again over so many connections, for so long. */
export interface Load {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  /** `{n}` is replaced by the number of the call. */
  readonly body: string
  readonly connections: number
  readonly milliseconds: number
}

export interface Measured {
  readonly perSecond: number
  readonly p99: number
  readonly failed: number
}

const { url, method, headers, body, connections, milliseconds } = workerData as Load
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const times: number[] = []
let [number, failed] = [0, 0]

function callOnce(): Promise<void> {
  const started = performance.now()
  const sent = Buffer.from(body.replaceAll('{n}', String(++number)))
  return new Promise((resolve) => {
    const call = request(url, { method, agent, headers: { ...headers, 'content-length': sent.length } }, (answer) => {
      answer.resume().on('end', () => {
        if (answer.statusCode !== 200) failed++
        times.push(performance.now() - started)
        resolve()
      })
    })
    call.on('error', () => {
      failed++
      resolve()
    })
    call.end(sent)
  })
}

const end = performance.now() + milliseconds
await Promise.all(
  Array.from({ length: connections }, async () => {
    while (performance.now() < end) await callOnce()
  }),
)
times.sort((one, other) => one - other)
agent.destroy()
const measured: Measured = { perSecond: (times.length / milliseconds) * 1000, p99: times[Math.floor(times.length * 0.99)] ?? 0, failed }
parentPort!.postMessage(measured)
