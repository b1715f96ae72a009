import type { FhirServer } from '../../src/ehr/fhir-server.ts'
import type { Log } from '../../src/log.ts'
import type { DurableStore } from '../../src/queue/open-store.ts'
import type { Order } from '../../src/queue/queue.ts'

/** Where the service is killed, in the order of the flow: receive, store, score, write, acknowledge; and the sweep that makes up for what was lost. */
export const POINTS = [
  'inbox: numbers read',
  'inbox: before it is kept',
  'inbox: kept',
  'inbox: before its number is kept',
  'inbox: its number kept',
  'inbox: answered',
  'worker: before a job is taken',
  'worker: job taken',
  'score: before the response is read',
  'score: response read',
  'score: before the claim',
  'score: claimed',
  'score: what the server can do is known',
  'score: before her history is read',
  'score: her history read',
  'score: before existing results are read',
  'score: existing results read',
  'write: before it is sent',
  'write: committed, the answer not read',
  'write: answered',
  'check: before results are read again',
  'check: results read again',
  'check: response read again',
  'acknowledge: before the claim is released',
  'acknowledge: claim released',
  'acknowledge: before it is done',
  'acknowledge: done',
  'sweep: results of a page read',
  'sweep: before jobs are ordered',
  'sweep: jobs ordered',
  'sweep: before the run is remembered',
  'sweep: run remembered',
] as const
export type Point = (typeof POINTS)[number]

/** Told of every point as it is passed. */
export type At = (point: Point) => void

const after = async <T>(work: Promise<T>, pass: (result: T) => void): Promise<T> => {
  const result = await work
  pass(result)
  return result
}

/** Orders of events come from the inbox, those of versions from a sweep. */
function sendPoints([first]: readonly Order[]): readonly [Point | undefined, Point | undefined] {
  if (first?.kind !== 'score') return [undefined, undefined]
  return first.key.includes('#') ? ['inbox: before it is kept', 'inbox: kept'] : ['sweep: before jobs are ordered', 'sweep: jobs ordered']
}

/** The store as it is, with points before and after what it does. */
export function watchStore({ queue, values, claims, ...rest }: DurableStore, at: At): DurableStore {
  return {
    ...rest,
    queue: {
      send: (orders) => {
        const [before, done] = sendPoints(orders)
        if (before) at(before)
        return after(queue.send(orders), () => done && at(done))
      },
      take: (lease) => {
        at('worker: before a job is taken')
        return after(queue.take(lease), (job) => job && at('worker: job taken'))
      },
      done: (job, result, also) => {
        at('acknowledge: before it is done')
        return after(queue.done(job, result, also), () => at('acknowledge: done'))
      },
      extend: (job, lease) => queue.extend(job, lease),
      retry: (job, reason, due) => queue.retry(job, reason, due),
      bury: (job, reason) => queue.bury(job, reason),
      giveBack: (job, due) => queue.giveBack(job, due),
      list: (state) => queue.list(state),
      revive: (ids) => queue.revive(ids),
      drop: (ids) => queue.drop(ids),
      counts: () => queue.counts(),
      forget: (before) => queue.forget(before),
    },
    values: {
      get: (name) => after(values.get(name), () => name.startsWith('events/') && at('inbox: numbers read')),
      set: (name, value) => {
        at('sweep: before the run is remembered')
        return after(values.set(name, value), () => at('sweep: run remembered'))
      },
      change: (name, from, to) => {
        at('inbox: before its number is kept')
        return after(values.change(name, from, to), () => at('inbox: its number kept'))
      },
    },
    claims: {
      claim: (name, owner, lease) => {
        at('score: before the claim')
        return after(claims.claim(name, owner, lease), () => at('score: claimed'))
      },
      renew: (name, owner, lease) => claims.renew(name, owner, lease),
      release: (name, owner) => {
        at('acknowledge: before the claim is released')
        return after(claims.release(name, owner), () => at('acknowledge: claim released'))
      },
      forget: (before) => claims.forget(before),
    },
  }
}

/** The hospital's server as it is, with points before and after each call. Before and after the write are told apart by whether one was just made. */
export function watchServer(server: FhirServer, at: At): FhirServer {
  let written = false
  const searchPoints = (type: string, query: Readonly<Record<string, unknown>>): readonly [Point | undefined, Point | undefined] => {
    if (type === 'Observation' && query.code !== undefined) return ['score: before her history is read', 'score: her history read']
    if (type !== 'RiskAssessment') return [undefined, undefined]
    if (query._count !== undefined) return [undefined, 'sweep: results of a page read']
    return written
      ? ['check: before results are read again', 'check: results read again']
      : ['score: before existing results are read', 'score: existing results read']
  }
  return {
    ...server,
    abilities: () => after(server.abilities(), () => at('score: what the server can do is known')),
    read: (type, id) => {
      if (type !== 'QuestionnaireResponse') return server.read(type, id)
      const isAgain = written
      written = false
      if (!isAgain) at('score: before the response is read')
      return after(server.read(type, id), () => at(isAgain ? 'check: response read again' : 'score: response read'))
    },
    searchAll: (type, query) => {
      const [before, done] = searchPoints(type, query)
      if (before) at(before)
      return after(server.searchAll(type, query), () => done && at(done))
    },
    transaction: (bundle) => {
      at('write: before it is sent')
      return after(server.transaction(bundle), () => {
        written = true
        at('write: answered')
      })
    },
  }
}

/** Answers of transactions have come, and nobody has read them yet. */
export function watchFetch(base: string, at: At): void {
  const { fetch } = globalThis
  globalThis.fetch = (input, init) =>
    after(fetch(input, init), () => input === base && init?.method === 'POST' && at('write: committed, the answer not read'))
}

export const watchLog =
  (log: Log, at: At): Log =>
  (level, event) => {
    if (event.event === 'notified') at('inbox: answered')
    log(level, event)
  }
