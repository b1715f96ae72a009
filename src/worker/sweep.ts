import type { QuestionnaireResponse, RiskAssessment } from 'fhir/r4.js'
import { assess } from '../assess.ts'
import type { FhirServer } from '../ehr/fhir-server.ts'
import type { Queue } from '../queue/queue.ts'
import type { Values } from '../queue/values.ts'
import type { Knowledge } from '../risk/knowledge.ts'
import { identityOf } from '../score/context.ts'
import { RESULT_SYSTEM, resultValue } from '../score/identity.ts'
import { scoreOrder } from './orders.ts'

export interface Sweep {
  readonly tenant: string
  readonly server: FhirServer
  readonly knowledge: Knowledge
  readonly queue: Queue
  readonly values: Values
  readonly now: () => Date
  /** FHIR instant; absent: the last run of this tenant, less the overlap; without one from the beginning. */
  readonly since?: string | undefined
  readonly signal?: AbortSignal
  readonly show?: (count: SweepCount) => void
}

export interface SweepCount {
  /** Responses that were looked at. */
  seen: number
  /** Questionnaires that are none of ours and say nothing urgent. */
  passedOver: number
  /** Whose results were already there. */
  scored: number
  /** That now have a job which they had not before. */
  queued: number
}

/** What clocks may differ by, and how long a transaction of the server may be under way before others see it. */
const OVERLAP = 10 * 60_000
const RECENT = 60 * 60_000
const UNSURE = 60_000
const PAGE = 50

const lastRunName = (tenant: string): string => `sweep/${tenant}`

/** When the last complete sweep of a tenant began. */
export const lastSweepOf = (values: Values, tenant: string): Promise<string | undefined> => values.get(lastRunName(tenant))

/**
 * Looks for responses that were made or changed since the last run and have no results since, whatever their status, and orders them to be scored. Whether
 * one has results is asked of the server, by their identifiers. The run counts only when it has come to its end; done twice, nothing is done twice.
 */
export async function sweep(order: Sweep): Promise<SweepCount> {
  const { tenant, server, values, now } = order
  const began = now().toISOString()
  const since = order.since ?? (await sinceOf(values, tenant))
  const parameters = { _count: String(PAGE * 4), ...(since !== undefined && { _lastUpdated: `ge${since}` }) }
  const count = await sweepAll(order, server.search<QuestionnaireResponse>('QuestionnaireResponse', parameters))
  if (order.signal?.aborted !== true) await values.set(lastRunName(tenant), began)
  return count
}

async function sinceOf(values: Values, tenant: string): Promise<string | undefined> {
  const last = await lastSweepOf(values, tenant)
  return last === undefined ? undefined : new Date(Date.parse(last) - OVERLAP).toISOString()
}

/** The same for responses from wherever they come. */
export async function sweepAll(order: Sweep, responses: AsyncIterable<QuestionnaireResponse>): Promise<SweepCount> {
  const count: SweepCount = { seen: 0, passedOver: 0, scored: 0, queued: 0 }
  let page: QuestionnaireResponse[] = []
  for await (const response of responses) {
    if (order.signal?.aborted === true) return count
    page.push(response)
    if (page.length < PAGE) continue
    await sweepPage(order, page, count)
    page = []
  }
  await sweepPage(order, page, count)
  return count
}

async function sweepPage(order: Sweep, page: readonly QuestionnaireResponse[], count: SweepCount): Promise<void> {
  const ours = page.filter((response) => isOurs(order.knowledge, response))
  const scored = await scoredSince(order, ours)
  const wanted = ours.filter(({ id }) => id !== undefined && !scored.has(id))
  const news = wanted.map(({ id, meta }) => scoreOrder({ tenant: order.tenant, id: id!, version: meta?.versionId }))
  count.seen += page.length
  count.passedOver += page.length - ours.length
  count.scored += scored.size
  count.queued += news.length === 0 ? 0 : await order.queue.send(news)
  order.show?.(count)
}

/** Everything but forms of others: those are passed over, unless a safety answer in them speaks. */
function isOurs(knowledge: Knowledge, response: QuestionnaireResponse): boolean {
  const { outcome, issues, risk } = assess(knowledge, response)
  if (outcome !== 'refused') return true
  return risk.tier !== 'none' || issues.some(({ severity, code }) => severity === 'error' && code !== 'not-supported')
}

/** Ids of the responses whose RiskAssessment, which every scored response has, is younger than they are. */
async function scoredSince({ server, now }: Sweep, responses: readonly QuestionnaireResponse[]): Promise<ReadonlySet<string>> {
  const byValue = new Map(
    responses.flatMap((response) => {
      const identity = identityOf(response)
      return identity === undefined ? [] : [[resultValue(identity, 'risk'), response] as const]
    }),
  )
  if (byValue.size === 0) return new Set()
  const identifier = [...byValue.keys()].map((value) => `${RESULT_SYSTEM}|${value}`).join(',')
  const found = await server.searchAll<RiskAssessment>('RiskAssessment', { identifier, _count: '200' })
  return new Set(
    found.flatMap((assessment) => {
      const value = assessment.identifier?.find(({ system }) => system === RESULT_SYSTEM)?.value
      const response = byValue.get(value ?? '')
      return response?.id !== undefined && isYounger(assessment, response, now().getTime()) ? [response.id] : []
    }),
  )
}

/**
 * Servers stamp what they write some time before others see it, so that of two that are close together nobody knows which was first: a response of the last hour must
 * be older by a minute. What was scored here is known to the queue by its version, and not ordered again.
 */
function isYounger(assessment: RiskAssessment, response: QuestionnaireResponse, now: number): boolean {
  const [scored, changed] = [assessment, response].map(({ meta }) => Date.parse(meta?.lastUpdated ?? '')) as [number, number]
  return scored > changed + (now - changed < RECENT ? UNSURE : 0)
}
