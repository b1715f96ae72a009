import type { Order } from '../queue/queue.ts'

/** Which response at which tenant is to be scored, and what was said of it. */
export interface ResponseNews {
  readonly tenant: string
  /** Logical id of the QuestionnaireResponse. */
  readonly id: string
  /** The version that was told of. It names the news, and the server must hold at least this one when it is read; what it says is read there. */
  readonly version?: string | undefined
  /** Names the news where no version is told: subscription, event number and its time. */
  readonly event?: string | undefined
}

/** Scores one response as it stands on its server, and writes the results. */
export function scoreOrder({ tenant, id, version, event }: ResponseNews): Order {
  const lane = `${tenant}/QuestionnaireResponse/${id}`
  const news = version === undefined ? event && `#${event}` : `@${version}`
  return {
    kind: 'score',
    key: `${lane}${news ?? ''}`,
    once: news === undefined ? 'waiting' : 'ever',
    lane,
    content: { tenant, response: id, ...(version !== undefined && { version }) },
  }
}

/** Looks for responses that nobody has told of. */
export const sweepOrder = (tenant: string): Order => {
  const name = `${tenant}/sweep`
  return { kind: 'sweep', key: name, once: 'waiting', lane: name, content: { tenant } }
}

/** Asks the server for events that were missed, both ends included. */
export const eventsOrder = (tenant: string, subscription: string, since: number, until: number): Order => {
  const lane = `${tenant}/${subscription}`
  return {
    kind: 'events',
    key: `${lane}/${since}-${until}`,
    once: 'waiting',
    lane,
    content: { tenant, subscription, since, until },
  }
}

/** Looks whether the server still tells our inbox. */
export const watchOrder = (tenant: string, endpoint: string): Order => {
  const name = `${tenant}/watch`
  return { kind: 'watch', key: name, once: 'waiting', lane: name, content: { tenant, endpoint } }
}

/** Asks the server to notify again, after it said that it has stopped. */
export const resumeOrder = (tenant: string, subscription: string): Order => {
  const lane = `${tenant}/${subscription}`
  return { kind: 'resume', key: `${lane}/resume`, once: 'waiting', lane, content: { tenant, subscription } }
}
