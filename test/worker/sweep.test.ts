import type { Observation, QuestionnaireResponse, RiskAssessment, Subscription } from 'fhir/r4.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { type DurableStore, openStore } from '../../src/queue/open-store.ts'
import { RESPONSE_TOPIC } from '../../src/sandbox/fhir/subscription.ts'
import { fetchMissed } from '../../src/worker/missed-events.ts'
import { watchOrder } from '../../src/worker/orders.ts'
import type { Scene } from '../../src/worker/scene.ts'
import { scoreStored } from '../../src/worker/score-job.ts'
import { carryOutSubscription, planSubscription } from '../../src/worker/subscription.ts'
import { sweep } from '../../src/worker/sweep.ts'
import { createWork } from '../../src/worker/work.ts'
import { createWorker, Postponed } from '../../src/worker/worker.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { epds, response, weights } from '../fixtures/responses.ts'
import { newFolder } from '../queue/store.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'
import { startInbox } from '../service/inbox-server.ts'

let ehr: Awaited<ReturnType<typeof startFhirServer>>
let server: FhirServer
let store: DurableStore
let scene: Scene
beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
  await server.update({ resourceType: 'Patient', id: 'mother' })
})
afterAll(() => ehr.close())
beforeEach(() => {
  store = openStore({ folder: newFolder() })
  const servers = new Map([['hospital', server]])
  scene = { servers, knowledge: { ...knowledge, site: { ...knowledge.site, writer: 'service' } }, store, now: () => new Date() }
})
afterEach(() => store.close())

const given = ({ meta: _meta, ...form }: QuestionnaireResponse, id: string) =>
  server.update<QuestionnaireResponse>({ ...form, id, subject: { reference: 'Patient/mother' } })
const sweepNow = (more: object = {}) =>
  sweep({ tenant: 'hospital', server, knowledge, queue: store.queue, values: store.values, now: scene.now, ...more })
async function workOff(): Promise<void> {
  const worker = createWorker({ queue: store.queue, work: createWork(scene), pause: 5 })
  worker.start()
  await worker.drained()
  await worker.stop(1_000)
}
/** As the queue does with a job that is postponed. */
async function insist(id: string): Promise<void> {
  await scoreStored(scene, { server, id }).catch((error: unknown) => {
    if (!(error instanceof Postponed)) throw error
    return insist(id)
  })
}
const results = async (id: string) =>
  (await server.searchAll<Observation>('Observation', { 'derived-from': `QuestionnaireResponse/${id}` })).map(({ status }) => status)
const ends = async () =>
  (await store.queue.list()).filter(({ kind }) => kind === 'score').map(({ content, reason }) => [content.response, reason])

describe('a sweep', () => {
  test('finds what has no results, whatever its status, and leaves alone what has them or is none of ours', async () => {
    await given(epds(12), 'swept')
    await given(response('epds', weights('111'), { status: 'in-progress' }), 'draft')
    await given({ ...epds(3), questionnaire: 'https://example.org/Questionnaire/other|1' }, 'foreign')
    await given(
      { ...response('epds', weights('0000000003')), questionnaire: 'https://example.org/Questionnaire/other|1' },
      'foreign-urgent',
    )
    await given({ ...epds(3), item: [{ linkId: 'unknown' }] }, 'refused')
    expect(await sweepNow()).toEqual({ seen: 5, passedOver: 1, scored: 0, queued: 4 })
    await workOff()
    expect(await ends()).toEqual([
      ['swept', 'scored'],
      ['draft', 'incomplete'],
      ['foreign-urgent', 'refused'],
      ['refused', 'refused'],
    ])
    expect(await results('swept')).toEqual(['final', 'final', 'final'])
    expect(await sweepNow({ since: '2020-01-01' })).toEqual({ seen: 5, passedOver: 1, scored: 0, queued: 0 })
    const later = () => new Date(Date.now() + 7_200_000)
    expect(await sweepNow({ since: '2020-01-01', now: later })).toEqual({ seen: 5, passedOver: 1, scored: 2, queued: 0 })
  })

  test('a response that changes in place is found again, the rest not looked at', async () => {
    const soon = () => new Date(Date.now() + 3_600_000)
    await sweepNow({ now: soon })
    await workOff()
    expect(await sweepNow()).toMatchObject({ seen: 0 })
    await given(epds(20), 'swept')
    const later = () => new Date(Date.now() + 7_200_000)
    expect(await sweepNow({ since: '2020-01-01', now: later })).toMatchObject({ queued: 1 })
    await workOff()
    expect(await results('swept')).toContain('amended')
  })

  test('stopped midway it does not count as a run', async () => {
    await sweepNow({ signal: AbortSignal.abort() })
    expect(await store.values.get('sweep/hospital')).toBeUndefined()
  })
})

describe('one response', () => {
  test('that is gone: nothing to do', async () => {
    expect(await scoreStored(scene, { server, id: 'never-was' })).toBeUndefined()
  })

  test('of which the server does not hold the version yet that it told of: later', async () => {
    await given(epds(5), 'lagging')
    await expect(scoreStored(scene, { server, id: 'lagging', version: '2' })).rejects.toMatchObject({ code: 'transient' })
  })

  test('of the app, where the app writes: left to it for ten minutes, then ours to write, lest nobody does', async () => {
    const form = { ...epds(5), identifier: { system: 'https://w3id.org/kizuna/fhir/sid/response', value: 'of-the-app' } }
    await given(form, 'of-the-app')
    const apps = { ...scene, knowledge }
    await expect(scoreStored(apps, { server, id: 'of-the-app' })).rejects.toMatchObject({ name: 'Postponed' })
    expect(await results('of-the-app')).toEqual([])
    const later = { ...apps, now: () => new Date(Date.now() + 600_001) }
    expect(await scoreStored(later, { server, id: 'of-the-app' })).toMatchObject({ result: { outcome: 'scored' } })
  })

  test('twenty at once, in two processes: one after the other, one of each', async () => {
    await given(epds(7), 'crowded')
    const other = openStore({ folder: newFolder() })
    await Promise.all(Array.from({ length: 20 }, () => insist('crowded')))
    other.close()
    expect(await results('crowded')).toHaveLength(3)
    const assessments = await server.searchAll<RiskAssessment>('RiskAssessment', { subject: 'Patient/mother' })
    expect(assessments.filter(({ basis }) => basis?.some(({ reference }) => reference === 'QuestionnaireResponse/crowded'))).toHaveLength(1)
  })
})

describe('a subscription', () => {
  test('is made once, changed when it must be, and asked to go on when it has stopped', async () => {
    const inbox = await startInbox()
    const order = { endpoint: inbox.endpoint, header: inbox.header, content: 'id-only' as const }
    const actions = async (more = {}) => {
      const plan = await planSubscription(server, { ...order, ...more })
      await carryOutSubscription(server, plan)
      await ehr.notifier.settled()
      return plan.action
    }
    expect([await actions(), await actions(), await actions({ topic: RESPONSE_TOPIC }), await actions({ topic: RESPONSE_TOPIC })]).toEqual([
      'create',
      'unchanged',
      'update',
      'unchanged',
    ])
    const [held] = await server.searchAll<Subscription>('Subscription', { url: inbox.endpoint })
    expect(held).toMatchObject({ status: 'active', criteria: RESPONSE_TOPIC })
    await server.update<Subscription>({ ...held!, status: 'error' })
    expect(await actions({ topic: RESPONSE_TOPIC })).toBe('update')
    await given(epds(5), 'told')
    await ehr.notifier.settled()
    expect((await inbox.store.queue.list()).at(-1)).toMatchObject({ kind: 'score', content: { response: 'told' } })

    const subscription = `Subscription/${held!.id}`
    const missed = { tenant: 'hospital', server, queue: store.queue, subscription }
    expect(await fetchMissed({ ...missed, since: 1, until: 1 })).toBe('asked')
    expect(await fetchMissed({ ...missed, since: 1, until: 3 })).toBe('swept')
    expect(await fetchMissed({ ...missed, subscription: 'Subscription/unknown', since: 1, until: 1 })).toBe('swept')
    expect((await store.queue.list()).map(({ kind }) => kind)).toEqual(['score', 'sweep'])

    const [stopped] = await server.searchAll<Subscription>('Subscription', { url: inbox.endpoint })
    const watch = () => store.queue.send([watchOrder('hospital', inbox.endpoint)])
    await watch()
    await workOff()
    await server.update<Subscription>({ ...stopped!, status: 'error', error: 'no answer' })
    await given(epds(6), 'untold')
    await watch()
    await workOff()
    await ehr.notifier.settled()
    expect((await store.queue.list()).filter(({ kind }) => kind === 'watch').map(({ reason }) => reason)).toEqual([
      'as it was',
      'asked again',
    ])
    expect(await server.read<Subscription>('Subscription', held!.id!)).toMatchObject({ status: 'active' })
    expect((await ends()).map(([id]) => id)).toContain('untold')
    inbox.close()
  })
})
