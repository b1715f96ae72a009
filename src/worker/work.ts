import type { FhirServer } from '../ehr/fhir-server.ts'
import { AssessmentError } from '../errors.ts'
import type { TakenJob } from '../queue/queue.ts'
import type { Receipt } from '../write-back/write-back.ts'
import { alertOrders, escalate, tellImmediate } from './alerts.ts'
import { fetchMissed } from './missed-events.ts'
import { scoreOrder, sweepOrder } from './orders.ts'
import type { Scene } from './scene.ts'
import { scoreStored } from './score-job.ts'
import { resumeStopped, resumeSubscription } from './subscription.ts'
import { sweep } from './sweep.ts'
import { type Done, Postponed, type Work } from './worker.ts'

type Kind = (scene: Scene, server: FhirServer, job: TakenJob, signal: AbortSignal) => Promise<string | Done>

/** What each kind of job does; all of it may be done twice. */
const KINDS: Readonly<Record<string, Kind>> = {
  score: async (scene, server, { content, sent }) => {
    const version = content.version === undefined ? undefined : String(content.version)
    const receipt = await scoreStored(scene, { server, id: String(content.response), version })
    if (receipt === undefined) return 'gone'
    countReceipt(scene, receipt)
    const { knowledge, hook, store } = scene
    const unwatched = { tenant: String(content.tenant), response: String(content.response), result: receipt.result, received: sent }
    const alerts = alertOrders(knowledge, hook !== undefined && !receipt.isSeen, unwatched)
    if (alerts.length > 0) await store.queue.send(alerts)
    const news = { tenant: String(content.tenant), id: String(content.response), version: receipt.version }
    return { ...endOf(receipt), ...(receipt.version !== undefined && { also: scoreOrder(news) }) }
  },
  sweep: async ({ knowledge, store, now }, server, { content }, signal) => {
    const { queue, values } = store
    const { queued } = await sweep({ tenant: String(content.tenant), server, knowledge, queue, values, now, signal })
    return `${queued} found`
  },
  events: ({ store }, server, { content }) =>
    fetchMissed({
      tenant: String(content.tenant),
      server,
      queue: store.queue,
      subscription: String(content.subscription),
      since: Number(content.since),
      until: Number(content.until),
    }),
  alert: tellImmediate,
  escalate,
  watch,
  resume: async (scene, server, { content }) =>
    (await resumeSubscription(subscriberOf(scene, server, content), String(content.subscription))) ? 'asked again' : 'was not stopped',
}

/** `scored`, or `scored, not written: acknowledgement`. */
function endOf({ result, notWritten = [] }: Receipt): Done {
  const missing = notWritten.map(({ role }) => role).join(' ')
  return missing === '' ? { result: result.outcome } : { result: `${result.outcome}, not written: ${missing}`, isShort: true }
}

const subscriberOf = ({ subscribers }: Scene, server: FhirServer, { tenant }: TakenJob['content']): FhirServer =>
  subscribers?.get(String(tenant)) ?? server

/** While nobody told us, things may have happened: a sweep finds them. A server that does not let us see our Subscription is not asked again until the next time. */
async function watch(scene: Scene, server: FhirServer, { content }: TakenJob): Promise<string> {
  try {
    const resumed = await resumeStopped(subscriberOf(scene, server, content), String(content.endpoint), scene.now())
    if (resumed > 0) await scene.store.queue.send([sweepOrder(String(content.tenant))])
    return resumed > 0 ? 'asked again' : 'as it was'
  } catch (error) {
    if (error instanceof AssessmentError && error.code !== 'transient') return `not shown: ${error.code}`
    throw error
  }
}

function countReceipt({ metrics, now }: Scene, { result, written }: Receipt): void {
  if (metrics === undefined) return
  const { outcome, risk, issues } = result
  const code = outcome === 'refused' ? issues.find(({ severity }) => severity === 'error')?.code : undefined
  const instrument = outcome === 'refused' ? 'unknown' : result.context.instrument.id
  metrics.assessed({ instrument, outcome, tier: risk.tier, ...(code !== undefined && { code }) })
  for (const { reference, action } of written) if (action !== 'unchanged') metrics.written(reference.split('/')[0]!, action)
  const authored = outcome === 'refused' ? Number.NaN : Date.parse(result.context.authored)
  if (written.some(({ action }) => action === 'created') && !Number.isNaN(authored)) metrics.lag((now().getTime() - authored) / 1000)
}

const MINUTE = 60_000
const THREE_DAYS = 3 * 24 * 60 * MINUTE

/**
 * All work of the service. Another process on the same queue may know a tenant that this one does not: its jobs are left to that for three days. A kind of work that
 * this version does not know is refused, and the job kept with that reason.
 */
export function createWork(scene: Scene): Work {
  return async (job, signal) => {
    const kind = KINDS[job.kind]
    const server = scene.servers.get(String(job.content.tenant))
    if (kind === undefined) throw new AssessmentError('not-supported', `There is no work of the kind ${job.kind}`)
    if (server === undefined) {
      const now = scene.now().getTime()
      if (now - job.sent < THREE_DAYS) throw new Postponed(now + MINUTE)
      throw new AssessmentError('not-found', `The site file has no tenant ${String(job.content.tenant)}`)
    }
    return kind(scene, server, job, signal)
  }
}
