import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Notice } from '../../src/sandbox/fhir/notifier.ts'
import { sendNotice } from '../../src/sandbox/fhir/notifier.ts'
import { RESPONSE_TOPIC } from '../../src/sandbox/fhir/subscription.ts'
import { inboxToken } from '../../src/service/inbox.ts'
import { patient, startFhirServer } from '../sandbox/fhir/fhir-server.ts'
import { SECRET, startInbox } from './inbox-server.ts'

const PAYLOAD = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content'
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let inbox: Awaited<ReturnType<typeof startInbox>>
/** What the EHR sends; replaced where a test loses or doubles notifications. */
let send: (notice: Notice) => Promise<boolean>

beforeEach(async () => {
  send = sendNotice
  ;[ehr, inbox] = await Promise.all([startFhirServer({ notify: { send: (notice) => send(notice) } }), startInbox()])
  await ehr.call('PUT', '/Patient/mother', { body: patient('mother') })
})
afterEach(async () => {
  await ehr.close()
  inbox.close()
})

async function subscribe(more: { criteria: string; channel?: object }) {
  const channel = { type: 'rest-hook', endpoint: inbox.endpoint, header: inbox.header, ...more.channel }
  const body = { resourceType: 'Subscription', status: 'requested', reason: 'test', criteria: more.criteria, channel }
  const { body: made } = await ehr.call('POST', '/Subscription', { body })
  await ehr.notifier.settled()
  return made as { id: string }
}
const topic = (content: string) =>
  subscribe({
    criteria: RESPONSE_TOPIC,
    channel: { payload: 'application/fhir+json', _payload: { extension: [{ url: PAYLOAD, valueCode: content }] } },
  })

async function respond(id: string, status = 'completed') {
  const body = { resourceType: 'QuestionnaireResponse', id, status, subject: { reference: 'Patient/mother' } }
  await ehr.call('PUT', `/QuestionnaireResponse/${id}`, { body })
  await ehr.notifier.settled()
}
const jobs = async () => (await inbox.store.queue.list()).map(({ kind, key, content }) => ({ kind, key, content }))
const keys = async () => (await jobs()).map(({ key }) => key)
const statusOf = async (id: string) => (await ehr.call('GET', `/Subscription/${id}`)).body.status
const post = (body: unknown, headers: Record<string, string> = { authorization: inbox.header[0]!.slice(15) }, path = '') =>
  fetch(`${inbox.endpoint}${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) })

describe('R4 rest-hooks', () => {
  test('empty: all is looked through, once for as many as come', async () => {
    const { id } = await subscribe({ criteria: 'QuestionnaireResponse?' })
    expect(await statusOf(id)).toBe('active')
    await respond('r1')
    await respond('r2')
    expect(await jobs()).toEqual([{ kind: 'sweep', key: 'hospital/sweep', content: { tenant: 'hospital' } }])
  })

  test('with the resource, as HAPI puts it: that response, from its address alone', async () => {
    await subscribe({ criteria: 'QuestionnaireResponse?status=completed', channel: { payload: 'application/fhir+json' } })
    await respond('r1')
    await respond('r2', 'in-progress')
    expect(await jobs()).toEqual([
      { kind: 'score', key: 'hospital/QuestionnaireResponse/r1', content: { tenant: 'hospital', response: 'r1' } },
    ])
  })

  test('with the resource, posted: its version names the news; told twice it is one job', async () => {
    const body = { resourceType: 'QuestionnaireResponse', id: 'r9', meta: { versionId: '4' } }
    expect([(await post(body)).status, (await post(body)).status]).toEqual([200, 200])
    expect(await keys()).toEqual(['hospital/QuestionnaireResponse/r9@4'])
    expect(inbox.events.filter(({ event }) => event === 'notified')).toMatchObject([
      { jobs: 1, fresh: 1 },
      { jobs: 1, fresh: 0 },
    ])
  })

  test('another type is none of our business, and no failure', async () => {
    expect((await post({ resourceType: 'Patient', id: 'p' })).status).toBe(200)
    expect(await jobs()).toEqual([])
  })
})

describe('notifications of a topic', () => {
  test('handshake, and then each event by its number; doubled it is done once', async () => {
    send = async (notice) => (await sendNotice(notice)) && sendNotice(notice)
    const { id } = await topic('id-only')
    expect(await statusOf(id)).toBe('active')
    await respond('r1')
    await respond('r2')
    const [handshake, ...events] = await jobs()
    expect(handshake).toMatchObject({ kind: 'sweep' })
    expect(events).toMatchObject([
      { kind: 'score', content: { response: 'r1' } },
      { kind: 'score', content: { response: 'r2' } },
    ])
    expect(events[0]!.key).toContain(`#Subscription/${id}/1/`)
  })

  test('full-resource: the version names the news, and nothing else is taken from it', async () => {
    await topic('full-resource')
    await respond('r1')
    expect((await jobs()).at(-1)).toEqual({
      kind: 'score',
      key: 'hospital/QuestionnaireResponse/r1@1',
      content: { tenant: 'hospital', response: 'r1', version: '1' },
    })
  })

  test('empty: all is looked through', async () => {
    await topic('empty')
    await inbox.store.queue.drop([1])
    await respond('r1')
    expect(await keys()).toEqual(['hospital/sweep'])
  })

  test('what was lost shows at the next event, and is asked for', async () => {
    const { id } = await topic('id-only')
    await respond('r1')
    send = async () => false
    await respond('r2')
    await respond('r3')
    send = sendNotice
    await respond('r4')
    expect((await jobs()).at(-1)).toEqual({
      kind: 'events',
      key: `hospital/Subscription/${id}/2-3`,
      content: { tenant: 'hospital', subscription: `Subscription/${id}`, since: 2, until: 3 },
    })
    const { body } = await ehr.call('GET', `/Subscription/${id}/$events?eventsSinceNumber=2&eventsUntilNumber=3`)
    expect(body.entry.slice(1).map(({ fullUrl }: { fullUrl: string }) => fullUrl)).toEqual([
      'QuestionnaireResponse/r2',
      'QuestionnaireResponse/r3',
    ])
  })

  const status = (more: object) => ({
    resourceType: 'Bundle',
    type: 'history',
    entry: [{ resource: { resourceType: 'SubscriptionStatus', status: 'active', subscription: { reference: 'Subscription/s' }, ...more } }],
  })
  const event = (number: number, timestamp: string, focus = `QuestionnaireResponse/r${number}`) => ({
    eventNumber: String(number),
    timestamp,
    focus: { reference: focus },
  })

  test("R4B's status; a heartbeat that counts more than was told", async () => {
    await post(
      status({
        type: 'event-notification',
        notificationEvent: [event(1, '2026-04-01T00:00:01Z', 'http://ehr/fhir/QuestionnaireResponse/a/_history/7')],
      }),
    )
    await post(status({ type: 'heartbeat', eventsSinceSubscriptionStart: '1' }))
    await post(status({ type: 'heartbeat', eventsSinceSubscriptionStart: '3' }))
    expect(await keys()).toEqual(['hospital/QuestionnaireResponse/a@7', 'hospital/Subscription/s/2-3'])
  })

  test('numbers from before, and yet later: the server counts anew, so all is looked through', async () => {
    await post(status({ type: 'event-notification', notificationEvent: [event(1, '2026-04-01T00:00:01Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(2, '2026-04-01T00:00:02Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(1, '2026-04-02T00:00:00Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(2, '2026-04-02T00:00:01Z')] }))
    expect((await jobs()).map(({ kind }) => kind)).toEqual(['score', 'score', 'score', 'sweep', 'score'])
  })

  test('out of order: nothing is asked for twice', async () => {
    await post(status({ type: 'event-notification', notificationEvent: [event(1, '2026-04-01T00:00:01Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(3, '2026-04-01T00:00:03Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(2, '2026-04-01T00:00:02Z')] }))
    await post(status({ type: 'event-notification', notificationEvent: [event(4, '2026-04-01T00:00:04Z')] }))
    expect((await jobs()).map(({ kind }) => kind)).toEqual(['score', 'score', 'events', 'score', 'score'])
  })

  test('an error: asked to go on, and all is looked through', async () => {
    await post(status({ type: 'event-notification', status: 'error' }))
    expect((await jobs()).map(({ kind }) => kind)).toEqual(['resume', 'sweep'])
  })
})

describe('who may tell', () => {
  test.each([
    { name: 'no secret', headers: {}, path: '', status: 401 },
    { name: 'another secret', headers: { authorization: 'Bearer wrong' }, path: '', status: 401 },
    { name: 'the secret itself, underived', headers: { authorization: `Bearer ${SECRET}` }, path: '', status: 401 },
    { name: "another tenant's", headers: { authorization: `Bearer ${inboxToken(SECRET, 'hospital')}` }, path: '/../other', status: 401 },
    {
      name: 'a tenant that is not there',
      headers: { authorization: `Bearer ${inboxToken(SECRET, 'other')}` },
      path: '/../other',
      status: 404,
    },
  ])('$name: $status', async ({ headers, path, status }) => {
    expect((await post('', headers, path)).status).toBe(status)
    expect(await jobs()).toEqual([])
  })

  test.each(['not json', '[]', '{"resourceType":"Bundle","entry":[]}', '{}'])('what cannot be read is said: %s', async (body) => {
    expect((await post(body)).status).toBe(400)
  })
})
