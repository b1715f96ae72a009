import { Counter, Gauge, Histogram, Registry } from 'prom-client'

/** How a response came to us. */
export type Via = 'operation' | 'notification' | 'sweep'

/** What is counted. Labels are codes from closed lists: never an id, a name or an answer. */
export interface Metrics {
  readonly received: (via: Via, count?: number) => void
  /** One response assessed; `code` is the issue type of a refusal. */
  readonly assessed: (result: {
    readonly instrument: string
    readonly outcome: string
    readonly tier: string
    readonly code?: string
  }) => void
  readonly written: (type: string, action: string) => void
  /** Work that failed and is tried again, or was given up. */
  readonly retried: (kind: string) => void
  readonly dead: (kind: string) => void
  /** Seconds from `authored` to the write of its results. */
  readonly lag: (seconds: number) => void
  readonly request: (of: { readonly method: string; readonly route: string; readonly status: number; readonly seconds: number }) => void
  /** In Prometheus' text format. */
  readonly text: () => Promise<string>
}

/** Read when the metrics are asked for; undefined: not known, and not shown. */
export interface Readings {
  readonly queueDepth?: () => Promise<Readonly<Record<string, number>>>
  /** Seconds that the oldest order which could be worked on has been waiting. */
  readonly queueWaiting?: () => Promise<number | undefined>
  /** Seconds since the oldest immediate result that nobody has acknowledged. */
  readonly oldestUnacknowledged?: () => Promise<number | undefined>
}

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

const NOTHING = (): void => undefined
export const NO_METRICS: Metrics = {
  received: NOTHING,
  assessed: NOTHING,
  written: NOTHING,
  retried: NOTHING,
  dead: NOTHING,
  lag: NOTHING,
  request: NOTHING,
  text: async () => '',
}

const HOUR = 3600
const LAGS = [1, 5, 30, 60, 300, 900, HOUR, 6 * HOUR, 24 * HOUR, 72 * HOUR, 168 * HOUR]
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Counters of one process, in a registry of their own. */
export function createMetrics(readings: Readings = {}): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: readonly string[]) =>
    new Counter({ name: `kizuna_${name}`, help, labelNames, registers })
  const received = counter('received_total', 'Responses received', ['via'])
  const assessed = counter('assessed_total', 'Responses assessed', ['instrument', 'outcome', 'tier'])
  const refused = counter('refused_total', 'Responses refused, by FHIR issue type', ['code'])
  const written = counter('written_total', 'Resources written', ['type', 'action'])
  const retried = counter('retried_total', 'Work that failed and is tried again', ['kind'])
  const dead = counter('dead_total', 'Work given up', ['kind'])
  const lag = new Histogram({ name: 'kizuna_lag_seconds', help: 'From authored to written', buckets: LAGS, registers })
  const labelNames = ['method', 'route', 'status']
  const requests = new Histogram({ name: 'kizuna_request_seconds', help: 'Calls answered', labelNames, buckets: SECONDS, registers })
  addGauges(registry, readings)
  return {
    received: (via, count = 1) => received.inc({ via }, count),
    assessed: ({ instrument, outcome, tier, code }) => {
      assessed.inc({ instrument, outcome, tier })
      if (code !== undefined) refused.inc({ code })
    },
    written: (type, action) => written.inc({ type, action }),
    retried: (kind) => retried.inc({ kind }),
    dead: (kind) => dead.inc({ kind }),
    lag: (seconds) => lag.observe(Math.max(0, seconds)),
    request: ({ method, route, status, seconds }) => requests.observe({ method, route, status }, seconds),
    text: () => registry.metrics(),
  }
}

function addGauges(registry: Registry, { queueDepth, queueWaiting, oldestUnacknowledged }: Readings): void {
  const registers = [registry]
  if (queueDepth !== undefined) {
    const gauge: Gauge<'state'> = new Gauge({
      name: 'kizuna_queue_orders',
      help: 'Orders in the queue, by state',
      labelNames: ['state'],
      registers,
      collect: async () => {
        for (const [state, count] of Object.entries(await queueDepth())) gauge.set({ state }, count)
      },
    })
  }
  addAge(registry, 'kizuna_queue_waiting_seconds', 'How long the oldest order that is due has been waiting', queueWaiting)
  addAge(registry, 'kizuna_unacknowledged_seconds', 'Age of the oldest immediate result that nobody has acknowledged', oldestUnacknowledged)
}

function addAge(registry: Registry, name: string, help: string, read: (() => Promise<number | undefined>) | undefined): void {
  if (read === undefined) return
  const gauge: Gauge = new Gauge({
    name,
    help,
    registers: [registry],
    collect: async () => gauge.set((await read()) ?? 0),
  })
}
