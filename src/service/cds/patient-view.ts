import type { RequestHandler } from 'express'
import { isBroken } from '../../errors.ts'
import { typeOf } from '../../json-object.ts'
import type { Knowledge } from '../../risk/knowledge.ts'
import { type Card, type CardOrder, cardOf, fill, linkTo } from './card.ts'
import { cardsOf } from './cards.ts'
import { type CdsOptions, SERVICE_ID, serviceUrl } from './cds-service.ts'
import { hookRequestOf } from './hook-request.ts'
import { evidenceFor, prefetchTemplates } from './prefetch.ts'

/** `GET /cds-services`: what there is, open to everybody. */
export function listCdsServices(knowledge: Knowledge, { words }: CdsOptions): RequestHandler {
  const { title, description } = words[knowledge.site.language]
  const services = [{ hook: 'patient-view', id: SERVICE_ID, title, description, prefetch: prefetchTemplates(knowledge) }]
  return (_req, res) => {
    res.json({ services })
  }
}

/**
 * `POST /cds-services/kizuna-patient-view`: the cards of the chart that is being opened. The EHR proves who it is by its JWT; what it did not send is read from its own
 * FHIR server with the token in the call, and from nowhere else. Keeps nothing.
 * @see https://cds-hooks.hl7.org/2.0/#calling-a-cds-service
 */
export function patientView(knowledge: Knowledge, now: () => Date, options: CdsOptions): RequestHandler {
  const { words, appUrl, verify } = options
  return async (req, res) => {
    const client = await verify(req.headers.authorization, serviceUrl(options))
    const request = hookRequestOf(req.body)
    const evidence = await evidenceFor(knowledge, request, client.fhirBaseUrl)
    const { patientId, hookInstance } = request
    const order = { knowledge, evidence, patientId, hookInstance, appUrl, now: now().toISOString(), words: words[knowledge.site.language] }
    res.set('Cache-Control', 'no-store').json({ cards: readableCards(order) })
  }
}

/**
 * What is no R4 counts as long as it can be read. Where it cannot, nothing is concluded from what may be missing: what of the rest wants somebody now is shown, and that
 * nothing else is.
 */
function readableCards(order: CardOrder): Card[] {
  try {
    return cardsOf(order)
  } catch (fault) {
    const broken = order.evidence.filter((one) => isBroken(order.knowledge.check(one)))
    if (broken.length === 0) throw fault
    const evidence = order.evidence.filter((one) => !broken.includes(one))
    const urgent = cardsOf({ ...order, evidence }).filter(({ indicator }) => indicator === 'critical')
    return [...urgent, unreadableCard(order, broken)]
  }
}

function unreadableCard(order: CardOrder, broken: readonly unknown[]): Card {
  const types = [...new Set(broken.map(typeOf))].sort().join(', ')
  return cardOf(order, {
    about: 'unreadable',
    code: 'open',
    indicator: 'warning',
    summary: fill(order.words.unreadable, { types }),
    lines: [order.words.notShown],
    links: [linkTo(order, order.words.chart, { intent: 'chart' })],
  })
}
