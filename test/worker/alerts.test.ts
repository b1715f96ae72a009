import type { QuestionnaireResponse, Task } from 'fhir/r4.js'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFhirServer, type FhirServer } from '../../src/ehr/fhir-server.ts'
import { acknowledgeSeen } from '../../src/fhir/acknowledgement.ts'
import { openStore } from '../../src/queue/open-store.ts'
import type { Site } from '../../src/risk/knowledge.ts'
import { latenessIssues } from '../../src/risk/lateness.ts'
import { oldestUnacknowledged } from '../../src/worker/oldest-unacknowledged.ts'
import { scoreOrder } from '../../src/worker/orders.ts'
import type { Scene } from '../../src/worker/scene.ts'
import { createWork } from '../../src/worker/work.ts'
import { createWorker } from '../../src/worker/worker.ts'
import { knowledge } from '../fixtures/knowledge.ts'
import { response, weights } from '../fixtures/responses.ts'
import { newFolder } from '../queue/store.ts'
import { startFhirServer } from '../sandbox/fhir/fhir-server.ts'
import { startHook } from './hook-server.ts'

const SITE: Site = { ...knowledge.site, writer: 'service', onImmediate: { kind: 'task', escalateAfterMinutes: 10 } }
const clock = { time: Date.parse('2026-04-10T09:00:00Z') }
let ehr: Awaited<ReturnType<typeof startFhirServer>>
let hook: Awaited<ReturnType<typeof startHook>>
let server: FhirServer
let scene: Scene
let count = 0

beforeAll(async () => {
  ehr = await startFhirServer({ check: knowledge.check })
  server = createFhirServer({ baseUrl: ehr.base, accessToken: () => 'all' })
})
afterAll(() => ehr.close())
beforeEach(async () => {
  hook = await startHook()
  const store = openStore({ folder: newFolder(), now: () => clock.time })
  const servers = new Map([['hospital', server]])
  scene = {
    servers,
    knowledge: { ...knowledge, site: SITE },
    store,
    now: () => new Date(clock.time),
    hook: { url: hook.url, token: 'let me in' },
  }
  await server.update({ resourceType: 'Patient', id: `mother-${++count}` })
})
afterEach(() => {
  hook.close()
  scene.store.close()
})

async function answered(items: string): Promise<string> {
  const { meta: _meta, ...form } = response('epds', weights(items), { authored: '2026-04-01T08:00:00Z' })
  const subject = { reference: `Patient/mother-${count}` }
  const { id } = await server.update<QuestionnaireResponse>({ ...form, id: `urgent-${count}`, subject })
  await scene.store.queue.send([scoreOrder({ tenant: 'hospital', id: id! })])
  await workOff()
  return id!
}
async function workOff(): Promise<void> {
  const worker = createWorker({ queue: scene.store.queue, work: createWork(scene), pause: 5, now: () => clock.time })
  worker.start()
  await worker.drained()
  await worker.stop(1_000)
}
const types = () => hook.told.map(({ message }) => message.type)
const taskOf = async () => (await server.searchAll<Task>('Task', { subject: `Patient/mother-${count}` }))[0]!

test('nobody at a screen: the hook is told at once, without a name or an answer, and how late it is', async () => {
  const id = await answered('0000000003')
  expect(hook.told).toEqual([
    {
      authorization: 'Bearer let me in',
      message: {
        type: 'immediate',
        text: expect.stringContaining('act now'),
        tenant: 'hospital',
        fhirBaseUrl: ehr.base,
        response: `QuestionnaireResponse/${id}`,
        since: '2026-04-10T09:00:00.000Z',
        daysLate: 9,
      },
    },
  ])
  await scene.store.queue.send([scoreOrder({ tenant: 'hospital', id, version: '1' })])
  await workOff()
  expect(types()).toEqual(['immediate'])
})

test('nothing urgent: nobody is told', async () => {
  await answered('1110000000')
  expect(types()).toEqual([])
})

test('told again and again while nobody acknowledges it, and handed on; then no more', async () => {
  const escalateTo = { reference: 'PractitionerRole/on-call' }
  await server.update({ resourceType: 'PractitionerRole', id: 'on-call' })
  await server.update({ resourceType: 'Practitioner', id: 'midwife' })
  scene = { ...scene, knowledge: { ...knowledge, site: { ...SITE, onImmediate: { ...SITE.onImmediate!, escalateTo } } } }
  await answered('0000000003')
  for (const _ of [1, 2]) {
    clock.time += 10 * 60_000
    await workOff()
  }
  expect(types()).toEqual(['immediate', 'escalation', 'escalation'])
  const task = await taskOf()
  expect(task.owner).toEqual(escalateTo)
  expect(await oldestUnacknowledged([server], new Date(clock.time))).toBeGreaterThanOrEqual(1_200)
  await server.update(acknowledgeSeen(task, { who: { reference: 'Practitioner/midwife' }, when: new Date(clock.time).toISOString() }))
  clock.time += 10 * 60_000
  await workOff()
  expect(types()).toHaveLength(3)
  expect((await scene.store.queue.list()).find(({ kind }) => kind === 'escalate')).toMatchObject({ state: 'done', reason: 'acknowledged' })
})

test('a hook that does not answer is asked again', async () => {
  hook.answer.status = 500
  await answered('0000000003')
  expect((await scene.store.queue.list()).find(({ kind }) => kind === 'alert')).toMatchObject({
    state: 'waiting',
    reason: 'transient: The alert webhook answered 500',
  })
  hook.answer.status = 200
  clock.time += 2_000
  await workOff()
  expect(types()).toEqual(['immediate', 'immediate'])
})

test.each([
  { received: '2026-04-10T09:00:00Z', says: ['Answered 9 days ago, reached us now: ask how she is today'] },
  { received: '2026-04-02T08:00:00Z', says: ['Answered 1 day ago, reached us now: ask how she is today'] },
  { received: '2026-04-02T07:59:59Z', says: [] },
])('received $received', ({ received, says }) => {
  expect(latenessIssues('2026-04-01T08:00:00Z', received).map(({ diagnostics }) => diagnostics)).toEqual(says)
})
